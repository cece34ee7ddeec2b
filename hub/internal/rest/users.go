package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead/fairlead/hub/internal/identity"
	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/errs"
)

// listing pages by id.
type listing struct {
	Cursor string `query:"cursor" maxLength:"64" doc:"nextCursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

// cut makes a page of at most limit items out of one that asked for one more.
func cut[T any](items []T, limit int, idOf func(T) string) (page []T, next string) {
	if len(items) > limit {
		items = items[:limit]
		next = idOf(items[limit-1])
	}
	return items, next
}

func (s *Server) registerUsers() {
	tags := []string{"people"}
	register(s, Owner, huma.Operation{
		OperationID: "list-users", Method: http.MethodGet, Path: "/users", Summary: "List people", Tags: tags,
	}, func(ctx context.Context, in *listing) (*struct{ Body api.UserList }, error) {
		users, err := s.o.Users.ListUsers(ctx, in.Cursor, min(in.Limit+1, identity.MaxUsers))
		if err != nil {
			return nil, err
		}
		users, next := cut(users, min(in.Limit, identity.MaxUsers-1), func(u identity.User) string { return u.ID })
		list := api.UserList{Items: make([]api.User, len(users)), NextCursor: next}
		for i, u := range users {
			list.Items[i] = userOf(u)
		}
		return &struct{ Body api.UserList }{list}, nil
	})
	register(s, Owner, huma.Operation{
		OperationID: "create-user", Method: http.MethodPost, Path: "/users", Summary: "Add a person", Tags: tags,
		DefaultStatus: http.StatusCreated, Errors: []int{http.StatusBadRequest, http.StatusConflict},
	}, func(ctx context.Context, in *struct{ Body api.CreateUser }) (*struct{ Body api.User }, error) {
		u, err := s.o.Users.CreateUser(ctx, identity.CreateUser{Email: in.Body.Email, Name: in.Body.Name, Password: in.Body.Password, Owner: in.Body.Owner})
		if err != nil {
			return nil, err
		}
		return &struct{ Body api.User }{userOf(u)}, nil
	})
	register(s, Owner, huma.Operation{
		OperationID: "delete-user", Method: http.MethodDelete, Path: "/users/{id}", Summary: "Remove a person and end what they have open", Tags: tags,
		DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	}) (*struct{}, error) {
		if in.ID == principalOf(ctx).UserID {
			return nil, errs.New(errs.Conflict, "You cannot remove yourself: ask another owner.")
		}
		return nil, s.o.Users.DeleteUser(ctx, in.ID)
	})
}
