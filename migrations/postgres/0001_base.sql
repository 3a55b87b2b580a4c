-- Accounts, login, settings, clusters, operations, journal.
-- Time is epoch milliseconds (BIGINT), ids and JSON are TEXT; see server/store.
-- Ids and keys sort by their bytes (COLLATE "C"), as they do in SQLite.

CREATE TABLE accounts (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    uin                 TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    -- the name in lower case, made in Rust: both engines agree on every script
    name_key            TEXT COLLATE "C" NOT NULL,
    display_name        TEXT    NOT NULL,
    kind                TEXT    NOT NULL CHECK (kind IN ('main', 'sub')),
    role                TEXT    NOT NULL CHECK (role IN ('none', 'read_only', 'full')),
    password_hash       TEXT    NOT NULL,
    password_changed_at BIGINT  NOT NULL,
    -- set by somebody else: changed at the next sign-in
    must_change_password BOOLEAN NOT NULL DEFAULT FALSE,
    disabled            BOOLEAN NOT NULL DEFAULT FALSE,
    language            TEXT    NOT NULL,
    theme               TEXT    NOT NULL,
    created_at          BIGINT  NOT NULL,
    last_login_at       BIGINT,
    CONSTRAINT accounts_uin UNIQUE (uin),
    CONSTRAINT accounts_name_key UNIQUE (name_key)
);
-- At most one main account, whoever races.
CREATE UNIQUE INDEX accounts_kind ON accounts (kind) WHERE kind = 'main';

CREATE TABLE sessions (
    -- SHA-256 of the session id: a copy of the database opens no session
    id_hash             TEXT    NOT NULL PRIMARY KEY,
    account_id          TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
    data                TEXT    NOT NULL,
    created_at          BIGINT  NOT NULL,
    last_seen_at        BIGINT  NOT NULL,
    expires_at          BIGINT  NOT NULL,
    absolute_expires_at BIGINT  NOT NULL,
    address             TEXT    NOT NULL,
    user_agent          TEXT    NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE login_attempts (
    key_hash       TEXT   NOT NULL PRIMARY KEY,
    failures       BIGINT NOT NULL,
    last_failed_at BIGINT NOT NULL,
    blocked_until  BIGINT NOT NULL
);
CREATE INDEX login_attempts_age ON login_attempts (last_failed_at);

CREATE TABLE setup_tokens (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE TABLE settings (
    key        TEXT   NOT NULL PRIMARY KEY,
    value      TEXT   NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE clusters (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name                TEXT    NOT NULL,
    name_key            TEXT COLLATE "C" NOT NULL,
    description         TEXT    NOT NULL,
    color               TEXT    NOT NULL,
    badge_text          TEXT    NOT NULL,
    production          BOOLEAN NOT NULL,
    source              TEXT    NOT NULL CHECK (source IN ('kubeconfig', 'in_cluster')),
    context_name        TEXT    NOT NULL,
    server_url          TEXT    NOT NULL,
    default_namespace   TEXT    NOT NULL,
    deletion_protection BOOLEAN NOT NULL,
    identity_mode       TEXT    NOT NULL CHECK (identity_mode IN ('impersonate', 'direct')),
    imported_by         TEXT    NOT NULL,
    created_at          BIGINT  NOT NULL,
    updated_at          BIGINT  NOT NULL,
    CONSTRAINT clusters_name_key UNIQUE (name_key)
);

-- Apart from clusters, because it is written by every probe.
CREATE TABLE cluster_status (
    cluster_id   TEXT   NOT NULL PRIMARY KEY REFERENCES clusters (id) ON DELETE CASCADE,
    state        TEXT   NOT NULL,
    since        BIGINT NOT NULL,
    version      TEXT,
    node_count   BIGINT,
    last_seen_at BIGINT,
    message      TEXT,
    capacity     TEXT
);

-- Apart from clusters, so that a list never reads a secret.
CREATE TABLE cluster_credentials (
    cluster_id        TEXT NOT NULL PRIMARY KEY REFERENCES clusters (id) ON DELETE CASCADE,
    kubeconfig_sealed BYTEA NOT NULL
);

CREATE TABLE operations (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind             TEXT    NOT NULL,
    scope            TEXT    NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    steps            TEXT    NOT NULL,
    input            TEXT    NOT NULL,
    result           TEXT,
    attempts         BIGINT  NOT NULL,
    cancel_requested BOOLEAN NOT NULL,
    run_after        BIGINT  NOT NULL,
    lease_owner      TEXT,
    lease_until      BIGINT,
    created_by       TEXT    NOT NULL,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL
);
CREATE INDEX operations_queue ON operations (state, created_at);
CREATE INDEX operations_scope ON operations (scope, created_at);

CREATE TABLE journal (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at           BIGINT NOT NULL,
    account_id   TEXT   NOT NULL,
    account_name TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    request_id   TEXT   NOT NULL,
    cluster_id   TEXT   NOT NULL,
    namespace    TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    verb         TEXT   NOT NULL,
    change       TEXT   NOT NULL,
    result       TEXT   NOT NULL CHECK (result IN ('done', 'refused', 'failed')),
    message      TEXT   NOT NULL
);
CREATE INDEX journal_cluster ON journal (cluster_id, id);
CREATE INDEX journal_object ON journal (cluster_id, kind, namespace, name, id);
CREATE INDEX journal_account ON journal (account_id, id);
CREATE INDEX journal_age ON journal (at);
