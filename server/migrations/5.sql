-- Games. What happens in one is an event like any other, `played` is what, as JSON. Most of it is
-- quiet: `quiet` counts such events of the room up to this one, itself included, and `talk` of a
-- quiet one is the newest before it that is none, so that a page of talk steps over all between.
ALTER TABLE events ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN talk INTEGER;
ALTER TABLE events ADD COLUMN played TEXT;
ALTER TABLE rooms ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN last_talk INTEGER NOT NULL DEFAULT 0;
UPDATE rooms SET last_talk = last_seq;

-- What the events of each game add up to, under the number of its card. `due_at`: when its clock
-- ends it.
CREATE TABLE games (
    room    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    state   TEXT NOT NULL,
    due_at  INTEGER,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX games_due ON games (due_at) WHERE due_at IS NOT NULL;

-- Whose games are going on; `asked`: an invitation that the person has not answered.
CREATE TABLE players (
    person  INTEGER NOT NULL,
    room    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    asked   INTEGER NOT NULL,
    PRIMARY KEY (person, room, seq)
) STRICT, WITHOUT ROWID;

-- How each person did in each room, against each other one and (0) against all together.
CREATE TABLE scores (
    room     INTEGER NOT NULL,
    person   INTEGER NOT NULL,
    against  INTEGER NOT NULL,
    game     TEXT NOT NULL,
    won      INTEGER NOT NULL,
    drawn    INTEGER NOT NULL,
    lost     INTEGER NOT NULL,
    PRIMARY KEY (room, person, against, game)
) STRICT, WITHOUT ROWID;
CREATE INDEX scores_best ON scores (room, against, won DESC);

-- When the house was last seen running while a clock ran: clocks stand still while it does not.
CREATE TABLE house (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    alive_at  INTEGER NOT NULL
) STRICT;
INSERT INTO house VALUES (1, 0);
