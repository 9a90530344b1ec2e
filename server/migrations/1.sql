-- A person is an id that is never reused (hence AUTOINCREMENT); the nickname is the last one held.
CREATE TABLE persons (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    nickname    TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

-- Who holds which nickname. `lapses_at` is null while a socket of the person is open.
CREATE TABLE claims (
    person        INTEGER PRIMARY KEY REFERENCES persons,
    nickname      TEXT NOT NULL,
    fold_key      TEXT NOT NULL UNIQUE,
    skeleton_key  TEXT NOT NULL UNIQUE,
    hold_ms       INTEGER NOT NULL,
    lapses_at     INTEGER
) STRICT;

-- A browser's cookie or a program's token: SHA-256 of the secret, never the secret.
CREATE TABLE sessions (
    secret_hash  BLOB PRIMARY KEY,
    person       INTEGER NOT NULL REFERENCES persons,
    hold_ms      INTEGER NOT NULL,
    used_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of ON sessions (person);
CREATE INDEX sessions_by_use ON sessions (used_at);

-- A room is stored with its first message. Public ones have keys, private ones two members.
CREATE TABLE rooms (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    fold_key      TEXT UNIQUE,
    skeleton_key  TEXT UNIQUE,
    first_member  INTEGER REFERENCES persons,
    other_member  INTEGER REFERENCES persons,
    last_seq      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    CHECK ((fold_key IS NULL) = (first_member IS NOT NULL)),
    CHECK (first_member < other_member)
) STRICT;
CREATE UNIQUE INDEX rooms_between ON rooms (first_member, other_member);
CREATE INDEX rooms_of_other ON rooms (other_member);

-- Every room's log. (author, id) is what makes sending again harmless.
CREATE TABLE events (
    room      INTEGER NOT NULL REFERENCES rooms,
    seq       INTEGER NOT NULL,
    author    INTEGER NOT NULL REFERENCES persons,
    id        TEXT NOT NULL,
    nickname  TEXT NOT NULL,
    addressee TEXT,
    text      TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX events_once ON events (author, id);
