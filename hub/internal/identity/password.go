package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2id parameters: the first choice of OWASP's password storage cheat sheet (19 MiB, 2 passes, 1 lane).
const (
	argonMemory  = 19 << 10 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonKeySize = 32
	argonSalt    = 16
	// maxHashing bounds how many hashes run at once: each holds 19 MiB and a core.
	maxHashing = 4
)

// hasher makes and checks password hashes, a few at a time.
type hasher struct {
	slots chan struct{}
	dummy string // compared with where there is no such person, so that both take as long
}

func newHasher() *hasher {
	h := &hasher{slots: make(chan struct{}, maxHashing)}
	h.dummy = encode([]byte("a salt of 16 b.."), make([]byte, argonKeySize))
	return h
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key, err := h.derive(ctx, password, salt)
	return encode(salt, key), err
}

// matches reports whether password is the one of a hash; a hash that cannot be read matches none.
func (h *hasher) matches(ctx context.Context, password, encoded string) (bool, error) {
	salt, want, err := decode(encoded)
	if err != nil {
		return false, err
	}
	got, err := h.derive(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func (h *hasher) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonKeySize), nil
}

// encode writes the PHC string form.
func encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

func decode(encoded string) (salt, key []byte, err error) {
	parts := strings.Split(encoded, "$")
	want := fmt.Sprintf("m=%d,t=%d,p=%d", argonMemory, argonPasses, argonLanes)
	if len(parts) != 6 || parts[1] != "argon2id" || parts[3] != want {
		return nil, nil, fmt.Errorf("password hash is not argon2id with %s", want)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return nil, nil, fmt.Errorf("password hash has no salt: %w", err)
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return nil, nil, fmt.Errorf("password hash has no key: %w", err)
	}
	return salt, key, nil
}
