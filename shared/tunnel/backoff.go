package tunnel

import (
	"math/rand/v2"
	"time"
)

const (
	backoffBase  = 100 * time.Millisecond
	backoffCap   = 3 * time.Second
	outageLong   = 15 * time.Minute
	backoffLater = 30 * time.Second
)

// Backoff paces an agent's dialling: full jitter below a bound that doubles from 100 ms up to 3 s in the first 15 minutes
// of an outage, and 30 s afterwards, so that a thousand agents that lose their hub at once do not come back at once. The
// zero value starts an outage at its first Next. Not safe for concurrent use.
type Backoff struct {
	attempts int
	began    time.Time
}

// Next returns how long to wait before dialling again at now.
func (b *Backoff) Next(now time.Time) time.Duration {
	if b.attempts == 0 {
		b.began = now
	}
	bound := backoffCap
	if now.Sub(b.began) > outageLong {
		bound = backoffLater
	} else if b.attempts < 5 { // 100 ms << 5 is over the cap
		bound = backoffBase << b.attempts
	}
	b.attempts++
	return rand.N(bound) + time.Millisecond
}

// Reset ends the outage.
func (b *Backoff) Reset() { *b = Backoff{} }
