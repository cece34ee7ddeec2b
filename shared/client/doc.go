// Package client is a typed client of the hub's REST API, for the CLI and for tests. Tokens come from a TokenSource, which
// decides where they are kept. Errors of the hub are *errs.Error with the hub's code and words.
package client
