package link

import "sync"

// eventQueue is how many events a subscriber may fall behind before it is told to look at everything.
const eventQueue = 256

// Event says that the state of a cluster may have changed. With Resync set, any cluster's may.
type Event struct {
	ClusterID string
	Resync    bool
}

// broadcaster hands events to subscribers without ever waiting for one. The zero value is ready.
type broadcaster struct {
	mu   sync.Mutex
	subs map[*subscriber]struct{}
}

type subscriber struct {
	queue chan Event // the last place is kept for Resync
	lost  bool
}

func (b *broadcaster) subscribe() (<-chan Event, func()) {
	s := &subscriber{queue: make(chan Event, eventQueue)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[*subscriber]struct{}{}
	}
	b.subs[s] = struct{}{}
	return s.queue, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs, s)
	}
}

func (b *broadcaster) publish(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subs {
		s.put(id)
	}
}

// put is called under the broadcaster's lock, so it is the only writer of the queue. While Resync waits in the queue,
// events behind it say nothing new.
func (s *subscriber) put(id string) {
	if s.lost {
		if len(s.queue) > 0 {
			return
		}
		s.lost = false
	}
	if len(s.queue) < cap(s.queue)-1 {
		s.queue <- Event{ClusterID: id}
		return
	}
	s.queue <- Event{Resync: true}
	s.lost = true
}
