package identity

import (
	"sync"
	"time"
)

const (
	freeTries  = 5
	lockBase   = time.Second
	lockMost   = 15 * time.Minute
	lockForget = time.Hour
	maxLocked  = 50_000
)

// lockout slows down guessing: after a few failures for a key (an account, an address) each further one doubles the time
// in which that key is not answered. It knows nothing of whether an account exists.
type lockout struct {
	now func() time.Time

	mu    sync.Mutex
	tries map[string]*failures
}

type failures struct {
	count int
	last  time.Time
}

func newLockout(now func() time.Time) *lockout { return &lockout{now: now, tries: map[string]*failures{}} }

// wait returns how long a key is still locked; zero: it may try.
func (l *lockout) wait(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.tries[key]
	if f == nil || f.count < freeTries {
		return 0
	}
	lock := lockMost
	if shift := f.count - freeTries; shift < 10 {
		lock = min(lockBase<<shift, lockMost)
	}
	return max(f.last.Add(lock).Sub(l.now()), 0)
}

func (l *lockout) failed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if len(l.tries) >= maxLocked {
		for k, f := range l.tries {
			if now.Sub(f.last) > lockForget || len(l.tries) >= maxLocked {
				delete(l.tries, k)
			}
		}
	}
	f := l.tries[key]
	if f == nil || now.Sub(f.last) > lockForget {
		f = &failures{}
		l.tries[key] = f
	}
	f.count++
	f.last = now
}

func (l *lockout) succeeded(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, key)
}
