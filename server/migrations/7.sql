-- Standard names. `user` is a reserved word in PostgreSQL, hence `user_id`.
ALTER TABLE persons RENAME TO users;

ALTER TABLE claims RENAME TO nicknames;
ALTER TABLE nicknames RENAME COLUMN person TO user_id;
ALTER TABLE nicknames RENAME COLUMN hold_ms TO reservation_ms;
ALTER TABLE nicknames RENAME COLUMN lapses_at TO expires_at;

ALTER TABLE sessions RENAME COLUMN person TO user_id;
ALTER TABLE sessions RENAME COLUMN hold_ms TO reservation_ms;

ALTER TABLE rooms RENAME COLUMN quiet TO hidden;
ALTER TABLE rooms RENAME COLUMN last_talk TO last_visible;

ALTER TABLE events RENAME COLUMN quiet TO hidden;
ALTER TABLE events RENAME COLUMN talk TO last_visible;
ALTER TABLE events RENAME COLUMN program TO bot;

ALTER TABLE reads RENAME TO read_markers;
ALTER TABLE read_markers RENAME COLUMN person TO user_id;

ALTER TABLE players RENAME COLUMN person TO user_id;
ALTER TABLE players RENAME COLUMN asked TO invited;

ALTER TABLE scores RENAME COLUMN person TO user_id;
ALTER TABLE scores RENAME COLUMN against TO opponent;

ALTER TABLE house RENAME TO server_state;

ALTER TABLE programs RENAME TO bots;
ALTER TABLE bots RENAME COLUMN person TO user_id;
ALTER TABLE bots RENAME COLUMN may TO scopes;

ALTER TABLE outgoing RENAME TO webhooks;
ALTER TABLE webhooks RENAME COLUMN word TO trigger_word;
ALTER TABLE webhooks RENAME COLUMN private TO allow_private;
ALTER TABLE webhooks RENAME COLUMN upto TO delivered_seq;
