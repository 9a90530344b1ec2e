-- What has become of an outgoing webhook: whether its receiver has asked for no more, how many
-- messages were given up and why the last of them was, and why the last attempt failed.
ALTER TABLE webhooks ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN last_error TEXT;
ALTER TABLE webhooks ADD COLUMN drop_error TEXT;

-- A removed room has a name that no room can have, until all its events are deleted: a part at a
-- time, because there may be millions. Its row stays until then, so that nothing gets its id.
ALTER TABLE rooms ADD COLUMN removed INTEGER;
CREATE INDEX rooms_removed ON rooms (id) WHERE removed IS NOT NULL;

-- The time of the server's clock, which does not jump, when the server was last seen running.
ALTER TABLE server_state ADD COLUMN seen_at INTEGER;

-- When something was last said in a room, or when somebody was last seen in it: rooms that nobody
-- uses expire. Those that are older than this rule count from now on.
ALTER TABLE rooms ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
UPDATE rooms SET used_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000;
