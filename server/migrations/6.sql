-- Programs: persons with a token that stands for them until it is revoked. `may`: what they may do, and
-- `rooms`: where, as JSON arrays; without rooms everywhere.
CREATE TABLE programs (
    person      INTEGER PRIMARY KEY REFERENCES persons,
    may         TEXT NOT NULL,
    rooms       TEXT,
    created_at  INTEGER NOT NULL
) STRICT;

-- 1: said by a program.
ALTER TABLE events ADD COLUMN program INTEGER;

-- Where what is said in a room is posted to. `word`: only what begins with it; `private`: whether it may
-- lie in a private network; `upto`: the newest event that was delivered, or was not to be.
-- An id is never used again: receivers know what they have had by it.
CREATE TABLE outgoing (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL UNIQUE,
    room        TEXT NOT NULL,
    url         TEXT NOT NULL,
    word        TEXT,
    secret      TEXT NOT NULL,
    private     INTEGER NOT NULL,
    upto        INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

-- The room of announcements, so that nobody takes its name or one that looks the same.
UPDATE rooms SET name = 'announcements' WHERE fold_key = 'announcements';
INSERT INTO rooms (name, fold_key, skeleton_key, last_seq, last_at)
SELECT 'announcements', 'announcements', 'announcernents', 0, 0
WHERE NOT EXISTS (SELECT 1 FROM rooms WHERE fold_key = 'announcements'
                  OR skeleton_key = 'announcernents');
