package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead/fairlead/hub/internal/access"
	"github.com/fairlead/fairlead/shared/api"
)

func (s *Server) registerGrants() {
	tags := []string{"people"}
	register(s, Owner, huma.Operation{
		OperationID: "list-grants", Method: http.MethodGet, Path: "/grants", Summary: "List grants", Tags: tags,
	}, func(ctx context.Context, in *listing) (*struct{ Body api.GrantList }, error) {
		grants, err := s.o.Access.ListGrants(ctx, in.Cursor, min(in.Limit+1, access.MaxGrants))
		if err != nil {
			return nil, err
		}
		grants, next := cut(grants, min(in.Limit, access.MaxGrants-1), func(g access.Grant) string { return g.ID })
		list := api.GrantList{Items: make([]api.Grant, len(grants)), NextCursor: next}
		for i, g := range grants {
			list.Items[i] = grantOf(g)
		}
		return &struct{ Body api.GrantList }{list}, nil
	})
	register(s, Owner, huma.Operation{
		OperationID: "create-grant", Method: http.MethodPost, Path: "/grants", Summary: "Give a person a role", Tags: tags,
		DefaultStatus: http.StatusCreated, Errors: []int{http.StatusBadRequest, http.StatusNotFound},
	}, func(ctx context.Context, in *struct{ Body api.CreateGrant }) (*struct{ Body api.Grant }, error) {
		g, err := s.o.Access.CreateGrant(ctx, access.Grant{
			UserID: in.Body.UserID, Role: access.Role(in.Body.Role),
			Scope: access.Scope{Kind: access.ScopeKind(in.Body.ScopeKind), ID: in.Body.ScopeID}, ExpiresAt: in.Body.ExpiresAt,
		})
		if err != nil {
			return nil, err
		}
		return &struct{ Body api.Grant }{grantOf(g)}, nil
	})
	register(s, Owner, huma.Operation{
		OperationID: "delete-grant", Method: http.MethodDelete, Path: "/grants/{id}", Summary: "Take a role away, within two seconds everywhere", Tags: tags,
		DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	}) (*struct{}, error) {
		return nil, s.o.Access.DeleteGrant(ctx, in.ID)
	})
}

func grantOf(g access.Grant) api.Grant {
	return api.Grant{
		ID: g.ID, UserID: g.UserID, Role: string(g.Role), ScopeKind: string(g.Scope.Kind), ScopeID: g.Scope.ID,
		CreatedAt: g.CreatedAt, ExpiresAt: g.ExpiresAt,
	}
}
