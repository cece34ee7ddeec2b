package rest

import (
	"fmt"
	"regexp"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/fairlead/fairlead/hub/internal/id"
	"github.com/fairlead/fairlead/hub/internal/identity"
)

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// observe names each request, logs and measures it, and turns a panic into an answer. Neither the query nor a body nor a
// header is logged.
func (s *Server) observe() fiber.Handler {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "fairlead_hub_api_seconds", Help: "Time to answer, by route and status. Event streams are left out.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	}, []string{"method", "route", "status"})
	s.o.Registerer.MustRegister(seconds)
	return func(c *fiber.Ctx) (err error) {
		began := time.Now()
		requestID := c.Get(requestIDHeader)
		if !requestIDForm.MatchString(requestID) {
			requestID = id.New("r")
		}
		c.Locals(requestIDKey{}, requestID)
		c.Set(requestIDHeader, requestID)
		defer func() {
			if p := recover(); p != nil {
				s.o.Logger.Error("panic while answering", "request", requestID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				err = s.fiberError(c, fmt.Errorf("panic: %v", p))
			}
		}()
		if err = c.Next(); err != nil {
			err = s.fiberError(c, err)
		}
		took, status, route := time.Since(began), c.Response().StatusCode(), c.Route().Path
		seconds.WithLabelValues(c.Method(), route, strconv.Itoa(status)).Observe(took.Seconds())
		principal, _ := c.Locals(principalKey{}).(identity.Principal)
		s.o.Logger.Debug("answered", "method", c.Method(), "route", route, "status", status, "took", took, "request", requestID, "user", principal.UserID)
		return err
	}
}

// secure sets the headers that every answer has.
func (s *Server) secure(c *fiber.Ctx) error {
	c.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Next()
}

const (
	signInEvery = 2 * time.Second
	signInBurst = 20
	maxLimited  = 20_000
)

// limiter bounds sign-ins by address, in front of the account's own back-off.
type limiter struct {
	now func() time.Time

	mu sync.Mutex
	by map[string]*rate.Limiter
}

func newLimiter(now func() time.Time) *limiter { return &limiter{now: now, by: map[string]*rate.Limiter{}} }

func (l *limiter) allow(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := l.by[key]
	if limit == nil {
		if len(l.by) >= maxLimited {
			for k, one := range l.by { // those that are full again carry no information
				if one.TokensAt(l.now()) >= signInBurst {
					delete(l.by, k)
				}
			}
			if len(l.by) >= maxLimited {
				clear(l.by)
			}
		}
		limit = rate.NewLimiter(rate.Every(signInEvery), signInBurst)
		l.by[key] = limit
	}
	return limit.AllowN(l.now(), 1)
}
