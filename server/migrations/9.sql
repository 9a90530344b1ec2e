-- What a nickname looks like, in each of its forms. The server derives it again whenever it starts,
-- because it depends on the version of Unicode; so a nickname does not need a key of its own for it.
CREATE TABLE nickname_skeletons (
    skeleton  TEXT NOT NULL,
    user_id   INTEGER NOT NULL REFERENCES users,
    PRIMARY KEY (skeleton, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX nickname_skeletons_of ON nickname_skeletons (user_id);

CREATE TABLE nicknames_9 (
    user_id         INTEGER PRIMARY KEY REFERENCES users,
    nickname        TEXT NOT NULL,
    fold_key        TEXT NOT NULL UNIQUE,
    reservation_ms  INTEGER NOT NULL,
    expires_at      INTEGER
) STRICT;
INSERT INTO nicknames_9
SELECT user_id, nickname, fold_key, reservation_ms, expires_at FROM nicknames;
DROP TABLE nicknames;
ALTER TABLE nicknames_9 RENAME TO nicknames;

-- Whether the session began when its cookie had the plain name, also under HTTPS. For such a
-- session alone a cookie with that name counts there, once.
ALTER TABLE sessions ADD COLUMN plain_cookie INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET plain_cookie = 1;
