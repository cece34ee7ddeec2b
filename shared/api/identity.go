package api

import "time"

// SignIn starts a session with a password.
type SignIn struct {
	Email    string `json:"email" format:"email" maxLength:"254"`
	Password string `json:"password" minLength:"1" maxLength:"1024"`
	Cookie   bool   `json:"cookie,omitempty" doc:"True: put the tokens into __Host- HttpOnly cookies instead of the answer (browsers)."`
}

// Session is a signed-in person's tokens. In cookie mode both tokens are empty.
type Session struct {
	AccessToken      string    `json:"accessToken,omitempty" doc:"EdDSA JWT for /api/v1, valid for minutes."`
	RefreshToken     string    `json:"refreshToken,omitempty" doc:"Single use: each refresh answers a new one."`
	ExpiresAt        time.Time `json:"expiresAt" doc:"When the access token ends."`
	SessionExpiresAt time.Time `json:"sessionExpiresAt" doc:"When the session ends unless it is refreshed."`
	User             User      `json:"user"`
}

// Refresh exchanges a refresh token for new tokens. In cookie mode the body is empty.
type Refresh struct {
	RefreshToken string `json:"refreshToken,omitempty" maxLength:"256"`
}

// User is a person.
type User struct {
	ID    string `json:"id" example:"u_8k2m4x9q3f6t"`
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
	Role  string `json:"role,omitempty" enum:"owner,member" doc:"owner: everything in this hub."`
}

// KubeToken is a bearer token for one cluster's endpoint under /k8s/.
type KubeToken struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Hub is what anybody may know of a hub before signing in.
type Hub struct {
	ID        string `json:"id"`
	URL       string `json:"url" doc:"The public address that people and agents use."`
	Version   string `json:"version"`
	Protocol  int    `json:"protocol" doc:"Newest tunnel protocol."`
	CASHA256  string `json:"caSHA256,omitempty"`
	KeySHA256 string `json:"keySHA256"`
}

// Problem is an error answer, RFC 9457 (application/problem+json).
type Problem struct {
	Type      string          `json:"type,omitempty"`
	Title     string          `json:"title" doc:"The HTTP status in words."`
	Status    int             `json:"status"`
	Code      string          `json:"code" doc:"Machine-readable kind of failure, see shared/errs."`
	Detail    string          `json:"detail" doc:"What went wrong and what to do."`
	RequestID string          `json:"requestId" doc:"Quote this when you ask for help; the hub's log has it."`
	Errors    []ProblemDetail `json:"errors,omitempty"`
}

// ProblemDetail names one wrong field.
type ProblemDetail struct {
	Location string `json:"location,omitempty" example:"body.name"`
	Message  string `json:"message"`
}

// UserList is one page of people.
type UserList struct {
	Items      []User `json:"items"`
	NextCursor string `json:"nextCursor,omitempty"`
}

// CreateUser asks for a new person who signs in with a password.
type CreateUser struct {
	Email    string `json:"email" format:"email" maxLength:"254"`
	Name     string `json:"name,omitempty" maxLength:"200"`
	Password string `json:"password" minLength:"12" maxLength:"1024"`
	Owner    bool   `json:"owner,omitempty" doc:"True: may do everything in this hub."`
}

// Grant gives a person a role in a scope.
type Grant struct {
	ID        string     `json:"id"`
	UserID    string     `json:"userID"`
	Role      string     `json:"role" enum:"viewer,operator,developer,admin"`
	ScopeKind string     `json:"scopeKind" enum:"hub,tenant,cluster"`
	ScopeID   string     `json:"scopeID,omitempty" doc:"Id of the tenant or cluster; empty for the hub."`
	CreatedAt time.Time  `json:"createdAt"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty"`
}

// CreateGrant asks for a grant.
type CreateGrant struct {
	UserID    string     `json:"userID" maxLength:"64"`
	Role      string     `json:"role" enum:"viewer,operator,developer,admin"`
	ScopeKind string     `json:"scopeKind" enum:"hub,tenant,cluster"`
	ScopeID   string     `json:"scopeID,omitempty" maxLength:"64"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty"`
}

// GrantList is one page of grants.
type GrantList struct {
	Items      []Grant `json:"items"`
	NextCursor string  `json:"nextCursor,omitempty"`
}
