package kubehttp

import "sync"

// copyBuffer is large enough that a big LIST costs few system calls, and small enough to keep one for each stream.
const copyBuffer = 64 << 10

// Buffers is a httputil.BufferPool. The zero value is ready; safe for concurrent use.
type Buffers struct{ pool sync.Pool }

// Get returns a buffer of 64 KiB.
func (b *Buffers) Get() []byte {
	if buf, ok := b.pool.Get().(*[]byte); ok {
		return *buf
	}
	return make([]byte, copyBuffer)
}

// Put takes a buffer back.
func (b *Buffers) Put(buf []byte) { b.pool.Put(&buf) }
