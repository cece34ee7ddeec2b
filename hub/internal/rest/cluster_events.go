package rest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/hub/internal/identity"
	"github.com/fairlead/fairlead/hub/internal/link"
	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/errs"
)

const (
	eventsPath = "/clusters/events"
	// eventsBeat is how often an idle stream says something: it is how the hub notices a page that has gone.
	eventsBeat = 10 * time.Second
	// eventsRecheck is how often a stream asks whether its reader may still read.
	eventsRecheck = time.Second
	// eventsRetry is what a browser waits before it connects anew.
	eventsRetry = 2 * time.Second
)

func (s *Server) registerEvents(group fiber.Router) {
	s.rules = append(s.rules, Route{http.MethodGet, eventsPath, SignedIn})
	group.Get(eventsPath, func(c *fiber.Ctx) error {
		principal, err := s.allowed(c, SignedIn)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "text/event-stream")
		c.Set("X-Accel-Buffering", "no")
		// No fiber.Ctx beyond this line: the writer runs after the handler has returned.
		c.Context().SetBodyStreamWriter(fasthttp.StreamWriter(func(w *bufio.Writer) { s.streamClusters(w, principal) }))
		return nil
	})
}

// describeEvents adds the stream to the API's description; huma has no part in serving it.
func (s *Server) describeEvents() {
	event := s.api.OpenAPI().Components.Schemas.Schema(eventType, true, "ClusterEvent")
	s.api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "watch-clusters", Method: http.MethodGet, Path: eventsPath, Tags: []string{"clusters"},
		Summary: "Every cluster that you reach, now and at each change, as server-sent events",
		Description: "First an event `upsert` for each cluster, then `ready`, then `upsert` and `delete` as they happen. " +
			"A new connection starts from the beginning. The stream ends when the session does.",
		Security: []map[string][]string{{"bearer": {}}, {"cookie": {}}},
		Responses: map[string]*huma.Response{"200": {
			Description: "Events, whose data is a ClusterEvent.", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: event}},
		}},
	})
}

// streamClusters writes events until the reader leaves, loses the right to read, or the hub stops.
func (s *Server) streamClusters(w *bufio.Writer, p identity.Principal) {
	events, cancel := s.o.Links.Subscribe()
	defer cancel()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	st := &clusterStream{server: s, principal: p, out: w, shown: map[string]bool{}}
	fmt.Fprintf(w, "retry: %d\n\n", eventsRetry.Milliseconds())
	if st.sync(ctx) != nil {
		return
	}
	beat, recheck := time.NewTicker(eventsBeat), time.NewTicker(eventsRecheck)
	defer beat.Stop()
	defer recheck.Stop()
	for {
		var err error
		select {
		case <-s.closing:
			return
		case <-beat.C:
			fmt.Fprint(w, ": beat\n\n")
			err = w.Flush()
		case <-recheck.C:
			err = st.recheck(ctx)
		case e := <-events:
			err = st.handle(ctx, e, events)
		}
		if err != nil {
			return
		}
	}
}

// clusterStream is one reader.
type clusterStream struct {
	server    *Server
	principal identity.Principal
	out       *bufio.Writer
	reach     cluster.Reach
	shown     map[string]bool // ids that the reader knows
	next      int             // id of the next event
}

// sync tells everything that the reader reaches, and takes back what it no longer does.
func (st *clusterStream) sync(ctx context.Context) error {
	var err error
	if st.reach, err = st.server.o.Access.Reach(ctx, st.principal); err != nil {
		return err
	}
	gone := st.shown
	st.shown = map[string]bool{}
	query := cluster.Query{Reach: st.reach, Limit: cluster.MaxLimit}
	for {
		page, err := st.server.o.Clusters.List(ctx, query)
		if err != nil {
			return err
		}
		for _, c := range page.Items {
			delete(gone, c.ID)
			if err := st.upsert(c); err != nil {
				return err
			}
		}
		if query.Cursor = page.NextCursor; query.Cursor == "" {
			break
		}
	}
	for id := range gone {
		if err := st.send("delete", api.ClusterEvent{Type: "delete", ID: id}); err != nil {
			return err
		}
	}
	fmt.Fprint(st.out, "event: ready\ndata: {}\n\n")
	return st.out.Flush()
}

// handle takes one event and all others that wait, each cluster once.
func (st *clusterStream) handle(ctx context.Context, e link.Event, more <-chan link.Event) error {
	pending := map[string]bool{}
	for waiting := true; waiting; {
		if e.Resync {
			return st.sync(ctx)
		}
		pending[e.ClusterID] = true
		select {
		case e = <-more:
		default:
			waiting = false
		}
	}
	for id := range pending {
		c, err := st.server.changed.get(ctx, id)
		switch {
		case err == nil && st.reach.Includes(c):
			err = st.upsert(c)
		case err == nil || errs.Is(err, errs.NotFound):
			err = nil
			if st.shown[id] {
				delete(st.shown, id)
				err = st.send("delete", api.ClusterEvent{Type: "delete", ID: id})
			}
		}
		if err != nil {
			return err
		}
	}
	return st.out.Flush()
}

// recheck ends the stream with the session, and shows another set of clusters when the reader's reach has changed.
func (st *clusterStream) recheck(ctx context.Context) error {
	if err := st.server.o.Users.Alive(ctx, st.principal.SessionID); err != nil {
		return err
	}
	reach, err := st.server.o.Access.Reach(ctx, st.principal)
	if err != nil {
		return err
	}
	if !reach.Equal(st.reach) {
		return st.sync(ctx)
	}
	return nil
}

func (st *clusterStream) upsert(c cluster.Cluster) error {
	st.shown[c.ID] = true
	shown := st.server.clusterOf(c)
	return st.send("upsert", api.ClusterEvent{Type: "upsert", ID: c.ID, Cluster: &shown})
}

func (st *clusterStream) send(kind string, e api.ClusterEvent) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	st.next++
	_, err = fmt.Fprintf(st.out, "id: %d\nevent: %s\ndata: %s\n\n", st.next, kind, data)
	return err
}
