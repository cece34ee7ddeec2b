package rest

import (
	"context"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/shared/api"
)

type clusterOutput struct{ Body api.Cluster }

// clusterPath names a cluster in an address: its id, its name, or tenant/name with the slash escaped.
type clusterPath struct {
	ID string `path:"id" maxLength:"200" doc:"Id, name, or tenant/name with the slash escaped as %2F."`
}

func (s *Server) registerClusters() {
	tags := []string{"clusters"}
	register(s, SignedIn, huma.Operation{
		OperationID: "list-clusters", Method: http.MethodGet, Path: "/clusters", Summary: "List the clusters that you reach", Tags: tags,
	}, s.listClusters)
	register(s, Owner, huma.Operation{
		OperationID: "create-cluster", Method: http.MethodPost, Path: "/clusters", Summary: "Add a cluster and get the commands that install its agent",
		Tags: tags, DefaultStatus: http.StatusCreated, Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict},
	}, s.createCluster)
	register(s, SignedIn, huma.Operation{
		OperationID: "get-cluster", Method: http.MethodGet, Path: "/clusters/{id}", Summary: "Get a cluster", Tags: tags, Errors: []int{http.StatusNotFound},
	}, s.getCluster)
	register(s, Owner, huma.Operation{
		OperationID: "update-cluster", Method: http.MethodPatch, Path: "/clusters/{id}", Summary: "Rename, describe or label a cluster",
		Tags: tags, Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict},
	}, s.updateCluster)
	register(s, Owner, huma.Operation{
		OperationID: "delete-cluster", Method: http.MethodDelete, Path: "/clusters/{id}", Summary: "Remove a cluster and cut its link",
		Tags: tags, DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusNotFound},
	}, s.deleteCluster)
	register(s, Owner, huma.Operation{
		OperationID: "revoke-cluster", Method: http.MethodPost, Path: "/clusters/{id}/revoke", Summary: "Make the agent's key worthless and cut its link",
		Tags: tags, Errors: []int{http.StatusNotFound},
	}, s.revokeCluster)
	register(s, Owner, huma.Operation{
		OperationID: "create-enrolment-token", Method: http.MethodPost, Path: "/clusters/{id}/enrolment-tokens", Summary: "Make a new enrolment token in place of unused ones",
		Tags: tags, DefaultStatus: http.StatusCreated, Errors: []int{http.StatusNotFound},
	}, s.createEnrolment)
	register(s, SignedIn, huma.Operation{
		OperationID: "create-kube-token", Method: http.MethodPost, Path: "/clusters/{id}/kube-token", Summary: "Get a token for the cluster's Kubernetes endpoint, for minutes",
		Tags: tags, DefaultStatus: http.StatusCreated, Errors: []int{http.StatusNotFound},
	}, s.createKubeToken)
}

func (s *Server) listClusters(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"400" doc:"nextCursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Text   string `query:"q" maxLength:"200" doc:"Part of a name or tenant."`
	Tenant string `query:"tenant" maxLength:"63"`
}) (*struct{ Body api.ClusterList }, error) {
	reach, err := s.o.Access.Reach(ctx, principalOf(ctx))
	if err != nil {
		return nil, err
	}
	page, err := s.o.Clusters.List(ctx, cluster.Query{Reach: reach, Tenant: in.Tenant, Text: in.Text, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	list := api.ClusterList{Items: make([]api.Cluster, len(page.Items)), NextCursor: page.NextCursor, Total: page.Total}
	for i, c := range page.Items {
		list.Items[i] = s.clusterOf(c)
	}
	return &struct{ Body api.ClusterList }{list}, nil
}

// resolve loads the cluster that a path names, if the person reaches it; else it reads as not found.
func (s *Server) resolve(ctx context.Context, in clusterPath) (cluster.Cluster, error) {
	ref, err := url.PathUnescape(in.ID)
	if err != nil {
		return cluster.Cluster{}, cluster.NotFound(in.ID)
	}
	reach, err := s.o.Access.Reach(ctx, principalOf(ctx))
	if err != nil {
		return cluster.Cluster{}, err
	}
	return s.o.Clusters.Resolve(ctx, ref, reach)
}

func (s *Server) createCluster(ctx context.Context, in *struct{ Body api.CreateCluster }) (*struct{ Body api.CreatedCluster }, error) {
	c, token, err := s.o.Clusters.Create(ctx, cluster.Create{
		Tenant: in.Body.Tenant, Name: in.Body.Name, Description: in.Body.Description, Labels: in.Body.Labels,
	})
	if err != nil {
		return nil, err
	}
	return &struct{ Body api.CreatedCluster }{api.CreatedCluster{Cluster: s.clusterOf(c), Enrolment: s.enrolmentOf(token)}}, nil
}

func (s *Server) getCluster(ctx context.Context, in *clusterPath) (*clusterOutput, error) {
	c, err := s.resolve(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &clusterOutput{s.clusterOf(c)}, nil
}

func (s *Server) updateCluster(ctx context.Context, in *struct {
	clusterPath
	Body api.UpdateCluster
}) (*clusterOutput, error) {
	c, err := s.resolve(ctx, in.clusterPath)
	if err != nil {
		return nil, err
	}
	c, err = s.o.Clusters.Update(ctx, c.ID, cluster.Update{Name: in.Body.Name, Description: in.Body.Description, Labels: in.Body.Labels})
	if err != nil {
		return nil, err
	}
	return &clusterOutput{s.clusterOf(c)}, nil
}

func (s *Server) deleteCluster(ctx context.Context, in *clusterPath) (*struct{}, error) {
	c, err := s.resolve(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.o.Clusters.Delete(ctx, c.ID)
}

func (s *Server) revokeCluster(ctx context.Context, in *clusterPath) (*clusterOutput, error) {
	c, err := s.resolve(ctx, *in)
	if err != nil {
		return nil, err
	}
	c, err = s.o.Clusters.Revoke(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return &clusterOutput{s.clusterOf(c)}, nil
}

func (s *Server) createEnrolment(ctx context.Context, in *clusterPath) (*struct{ Body api.Enrolment }, error) {
	c, err := s.resolve(ctx, *in)
	if err != nil {
		return nil, err
	}
	token, err := s.o.Clusters.NewEnrolmentToken(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body api.Enrolment }{s.enrolmentOf(token)}, nil
}

func (s *Server) createKubeToken(ctx context.Context, in *clusterPath) (*struct{ Body api.KubeToken }, error) {
	c, err := s.resolve(ctx, *in)
	if err != nil {
		return nil, err
	}
	token, expires, err := s.o.Sessions.KubeToken(ctx, principalOf(ctx), c.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body api.KubeToken }{api.KubeToken{Token: token, ExpiresAt: expires}}, nil
}

func (s *Server) clusterOf(c cluster.Cluster) api.Cluster {
	out := api.Cluster{
		ID: c.ID, Tenant: c.Tenant, Name: c.Name, Description: c.Description, Labels: c.Labels,
		CreatedAt: c.CreatedAt, EnrolledAt: c.EnrolledAt, RevokedAt: c.RevokedAt, Link: s.o.Links.Status(c),
	}
	if c.Facts != nil {
		facts := api.Facts(*c.Facts)
		out.Facts = &facts
	}
	return out
}
