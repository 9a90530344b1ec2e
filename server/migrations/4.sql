-- Events in the order in which they were stored, so that a batch fills pages at the end instead of
-- splitting one in the middle for each room; who reads a room finds them by an index. The rooms and
-- authors that they refer to are never deleted, and looking them up again for each message was a
-- quarter of what writing it cost.
CREATE TABLE stored_events (
    place     INTEGER PRIMARY KEY,
    room      INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    author    INTEGER NOT NULL,
    id        TEXT NOT NULL,
    nickname  TEXT NOT NULL,
    addressee TEXT,
    text      TEXT NOT NULL,
    at        INTEGER NOT NULL
) STRICT;
INSERT INTO stored_events (room, seq, author, id, nickname, addressee, text, at)
SELECT room, seq, author, id, nickname, addressee, text, at FROM events ORDER BY at, room, seq;
DROP TABLE events;
ALTER TABLE stored_events RENAME TO events;
CREATE UNIQUE INDEX events_of_room ON events (room, seq);
-- (author, id) is what makes sending again harmless.
CREATE UNIQUE INDEX events_once ON events (author, id);
