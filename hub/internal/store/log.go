package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

var forUpdate = clause.Locking{Strength: "UPDATE"}

// slow is when a statement is worth a line in the log.
const slow = 500 * time.Millisecond

// queryLog carries gorm's words into ours, without the values of statements, which may be secrets' hashes.
type queryLog struct{ logger *slog.Logger }

func (l queryLog) LogMode(logger.LogLevel) logger.Interface { return l }

func (l queryLog) Info(ctx context.Context, msg string, _ ...any)  { l.logger.DebugContext(ctx, msg) }
func (l queryLog) Warn(ctx context.Context, msg string, _ ...any)  { l.logger.WarnContext(ctx, msg) }
func (l queryLog) Error(ctx context.Context, msg string, _ ...any) { l.logger.ErrorContext(ctx, msg) }

func (l queryLog) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), err error) {
	took := time.Since(begin)
	failed := err != nil && !errors.Is(err, gorm.ErrRecordNotFound) && !errors.Is(err, gorm.ErrDuplicatedKey) && !errors.Is(err, context.Canceled)
	if !failed && took < slow {
		return
	}
	sql, rows := statement()
	if failed {
		l.logger.ErrorContext(ctx, "statement failed", "sql", sql, "took", took, "error", err)
		return
	}
	l.logger.WarnContext(ctx, "slow statement", "sql", sql, "rows", rows, "took", took)
}

// ParamsFilter keeps values out of the statements that Trace is given.
func (l queryLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) { return sql, nil }
