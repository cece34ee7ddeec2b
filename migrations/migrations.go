// Package migrations holds the hub's schema as goose migrations, one set for each SQL dialect; both sets have the same
// versions and give the same tables. They are run by hub/internal/store.
package migrations

import "embed"

// SQLite and Postgres hold the .sql files of each dialect, in folders of that name.
var (
	//go:embed sqlite/*.sql
	SQLite embed.FS
	//go:embed postgres/*.sql
	Postgres embed.FS
)
