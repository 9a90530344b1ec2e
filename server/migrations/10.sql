-- What has become of an outgoing webhook: whether its receiver has asked for no more, how many
-- messages were given up, and why the last attempt failed.
ALTER TABLE webhooks ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN last_error TEXT;
