package main

import (
	"io"
	"net"
	"time"
)

// delayQueue bounds the bytes under way in a delay proxy, as pieces of at most delayPiece.
const (
	delayQueue = 4096
	delayPiece = 32 << 10
)

// delayed returns the address of a proxy that carries one connection to address, each byte delay late. It has no
// bandwidth limit and loses nothing: it shows what windows cost, not how TCP behaves on a real line.
func delayed(address string, delay time.Duration) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		defer l.Close()
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			near.Close()
			return
		}
		go late(far, near, delay)
		late(near, far, delay)
	}()
	return l.Addr().String(), nil
}

func late(to, from net.Conn, delay time.Duration) {
	type piece struct {
		due   time.Time
		bytes []byte
	}
	queue := make(chan piece, delayQueue)
	go func() {
		defer close(queue)
		for {
			buf := make([]byte, delayPiece)
			n, err := from.Read(buf)
			if n > 0 {
				queue <- piece{time.Now().Add(delay), buf[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	defer to.Close()
	for p := range queue {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.bytes); err != nil {
			from.Close()
			for range queue { // let the reader end
			}
			return
		}
	}
	if tcp, ok := to.(interface{ CloseWrite() error }); ok {
		tcp.CloseWrite()
	}
	io.Copy(io.Discard, from)
}
