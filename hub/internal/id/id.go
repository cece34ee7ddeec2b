// Package id makes the hub's random names: ids, which are public, and secrets, which are shown once.
package id

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// encoding has no letters that people mistake for digits.
var encoding = base32.NewEncoding("abcdefghjkmnpqrstvwxyz0123456789").WithPadding(base32.NoPadding)

const idLength = 16 // 80 random bits

// New returns a fresh id: prefix, an underscore and 16 characters.
func New(prefix string) string {
	raw := make([]byte, 10)
	rand.Read(raw)
	return prefix + "_" + encoding.EncodeToString(raw)
}

// Is reports whether s has the form of an id of this prefix.
func Is(prefix, s string) bool {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	return ok && len(rest) == idLength && strings.Trim(rest, "abcdefghjkmnpqrstvwxyz0123456789") == ""
}

// Secret returns a fresh secret of 256 random bits behind prefix.
func Secret(prefix string) string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return prefix + encoding.EncodeToString(raw)
}
