-- Up to which message each person has read each room. No row: that was never said.
CREATE TABLE reads (
    person  INTEGER NOT NULL REFERENCES persons,
    room    INTEGER NOT NULL REFERENCES rooms,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (person, room)
) STRICT, WITHOUT ROWID;
