-- +goose Up
CREATE TABLE tenants (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL
);

INSERT INTO tenants (id, name, created_at) VALUES ('n_default', 'default', CURRENT_TIMESTAMP);

CREATE TABLE clusters (
    id           TEXT PRIMARY KEY,
    tenant_id    TEXT NOT NULL REFERENCES tenants (id),
    name         TEXT NOT NULL,
    description  TEXT NOT NULL,
    public_key   BYTEA,
    created_at   TIMESTAMPTZ NOT NULL,
    enrolled_at  TIMESTAMPTZ,
    revoked_at   TIMESTAMPTZ,
    last_seen_at TIMESTAMPTZ,
    facts        TEXT,
    UNIQUE (tenant_id, name)
);

CREATE TABLE cluster_labels (
    cluster_id TEXT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (cluster_id, name)
);
CREATE INDEX cluster_labels_by_value ON cluster_labels (name, value);

CREATE TABLE enrolment_tokens (
    hash       BYTEA PRIMARY KEY,
    cluster_id TEXT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_by    BYTEA,
    used_at    TIMESTAMPTZ
);
CREATE INDEX enrolment_tokens_by_cluster ON enrolment_tokens (cluster_id);

CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    owner         BOOLEAN NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    disabled_at   TIMESTAMPTZ
);

CREATE TABLE sessions (
    id            TEXT PRIMARY KEY,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    refresh_hash  BYTEA NOT NULL UNIQUE,
    previous_hash BYTEA,
    rotated_at    TIMESTAMPTZ NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    expires_at    TIMESTAMPTZ NOT NULL,
    ended_at      TIMESTAMPTZ,
    user_agent    TEXT NOT NULL,
    ip            TEXT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_previous_hash ON sessions (previous_hash);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE grants (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role       TEXT NOT NULL,
    scope_kind TEXT NOT NULL,
    tenant_id  TEXT REFERENCES tenants (id) ON DELETE CASCADE,
    cluster_id TEXT REFERENCES clusters (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ
);
CREATE INDEX grants_by_user ON grants (user_id);

-- +goose Down
DROP TABLE grants;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE enrolment_tokens;
DROP TABLE cluster_labels;
DROP TABLE clusters;
DROP TABLE tenants;
