package rest

import (
	"context"
	"reflect"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/shared/api"
)

var eventType = reflect.TypeFor[api.ClusterEvent]()

// gather is how long a read of a changed cluster waits for more readers: one change is one query, however many pages are
// open.
const gather = 10 * time.Millisecond

// sharedReader reads clusters for all event streams.
type sharedReader struct {
	clusters ClusterReader
	group    singleflight.Group
}

// get returns a cluster as it is at some moment after the call began.
func (v *sharedReader) get(ctx context.Context, id string) (cluster.Cluster, error) {
	gathering := v.group.DoChan(id, func() (any, error) {
		time.Sleep(gather)
		v.group.Forget(id) // whoever comes from here on starts another read
		return v.clusters.Get(context.WithoutCancel(ctx), id)
	})
	r := <-gathering
	if r.Err != nil {
		return cluster.Cluster{}, r.Err
	}
	return r.Val.(cluster.Cluster), nil
}
