-- What the team did about the quality of what is issued. Appended, with a seq of the change log: the analysis reads an
-- action where it was recorded, and asks from there on whether it helped.
CREATE TABLE action (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,         -- when it took effect
  place TEXT NOT NULL,         -- the `where`: a JSON object
  note TEXT,
  recorded_at INTEGER NOT NULL
) STRICT;
