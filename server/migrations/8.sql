-- What an event is. `kind` is NULL for a plain text. `target` is the number of the event that a
-- hidden event changes. `revision` is the number of the newest hidden event that has changed this
-- event's text.
ALTER TABLE events ADD COLUMN kind TEXT;
ALTER TABLE events ADD COLUMN target INTEGER;
ALTER TABLE events ADD COLUMN revision INTEGER;
-- `played` is an object with one field, such as {"moved":{"of":41,"nth":1,"at":"b2"}}.
UPDATE events SET kind = 'game',
    target = (SELECT json_extract(happened.value, '$.of') FROM json_each(events.played) happened)
WHERE played IS NOT NULL;
