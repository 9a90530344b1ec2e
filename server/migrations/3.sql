-- Persons of different houses have different ids: what a browser keeps of a person who was somebody
-- in an earlier house, at the same address, must not be taken for another's.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'persons', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'persons');
UPDATE sqlite_sequence SET seq = seq + (random() & 0xffffffffffff) WHERE name = 'persons';
