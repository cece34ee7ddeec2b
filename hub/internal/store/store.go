// Package store owns all SQL of the hub, on SQLite and PostgreSQL, through gorm: one file a resource, each implementing
// the Store interface that the resource's own package declares. Rules are those packages'; the schema is in migrations.
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/fairlead/fairlead/migrations"
	"github.com/fairlead/fairlead/shared/errs"
)

// Store is the hub's database. Safe for concurrent use.
type Store struct {
	db *gorm.DB
}

// Open connects to dsn and brings its schema up to date: "postgres://…" or "postgresql://…", or the path of a SQLite
// file, which is made where it is missing, for its owner's eyes only. Several hubs may start on one PostgreSQL database
// at once; one of them migrates.
func Open(ctx context.Context, dsn string, logger *slog.Logger) (*Store, error) {
	config := &gorm.Config{
		Logger: queryLog{logger}, TranslateError: true,
		NowFunc: func() time.Time { return time.Now().UTC() },
	}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return openPostgres(ctx, dsn, config)
	}
	return openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite://"), config)
}

func openSQLite(ctx context.Context, path string, config *gorm.Config) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make database directory: %w", err)
	}
	// Made here so that it, and the journals that SQLite makes in its image, are never readable by others.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	file.Close()
	query := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)"},
	}
	db, err := gorm.Open(sqlite.Open("file:"+path+"?"+query.Encode()), config)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return migrate(ctx, db, goose.DialectSQLite3, migrations.SQLite, "sqlite")
}

func openPostgres(ctx context.Context, dsn string, config *gorm.Config) (*Store, error) {
	db, err := gorm.Open(postgres.Open(dsn), config)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL database: %w", withoutSecrets(err))
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(20)
	pool.SetMaxIdleConns(10)
	pool.SetConnMaxLifetime(30 * time.Minute)
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("prepare migration lock: %w", err)
	}
	return migrate(ctx, db, goose.DialectPostgres, migrations.Postgres, "postgres", goose.WithSessionLocker(locker))
}

// withoutSecrets drops the text of a connection error, which may quote the DSN with its password, and keeps its kind.
func withoutSecrets(err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		return fmt.Errorf("connection failed (%T)", cause)
	}
	return errors.New("connection failed")
}

func migrate(ctx context.Context, db *gorm.DB, dialect goose.Dialect, files fs.FS, folder string, options ...goose.ProviderOption) (*Store, error) {
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	sub, err := fs.Sub(files, folder)
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(dialect, pool, sub, options...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare migrations: %w", err), pool.Close())
	}
	if _, err := provider.Up(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate database: %w", err), pool.Close())
	}
	has, err := provider.GetDBVersion(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read schema version: %w", err), pool.Close())
	}
	sources := provider.ListSources()
	if knows := sources[len(sources)-1].Version; has > knows {
		return nil, errors.Join(fmt.Errorf("the database has schema version %d and this hub knows %d: start the newer hub that migrated it, or restore a backup", has, knows), pool.Close())
	}
	return &Store{db: db}, nil
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	pool, err := s.db.DB()
	if err != nil {
		return err
	}
	return pool.PingContext(ctx)
}

// Close closes all connections.
func (s *Store) Close() error {
	pool, err := s.db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// lockRow makes a query lock what it reads until the transaction ends. SQLite has one writer at a time, and its
// transactions here begin as writers.
func lockRow(tx *gorm.DB) *gorm.DB {
	if tx.Name() == "postgres" {
		return tx.Clauses(forUpdate)
	}
	return tx
}

// notFound turns gorm's word for no row into ours.
func notFound(err error, what string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return errs.New(errs.NotFound, "There is no such %s.", what)
	}
	return err
}

// like returns the LIKE pattern that finds text anywhere, taken literally with ESCAPE '!'.
func like(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(text)) + "%"
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
