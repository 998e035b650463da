-- Counts folded from the change log: a cache, apart from the ledger so that a flush never waits for intake nor intake for
-- a flush. `bin` counts 15-minute bins of solve time since 1970, `day` whole UTC days. Three tables hold the same
-- changes in different grain, because no single grain that can say everything is small enough to be read at once.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('cursor', 0);

CREATE TABLE account (
  num INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  payer TEXT NOT NULL
) STRICT;

CREATE TABLE task_type (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE attributes (
  id INTEGER PRIMARY KEY,
  hash INTEGER NOT NULL,
  type TEXT NOT NULL,
  site TEXT NOT NULL,
  solver TEXT NOT NULL,
  region TEXT,
  labels TEXT
) STRICT;

CREATE INDEX attributes_by_hash ON attributes (hash);

-- Everything but who.
CREATE TABLE cell (
  bin INTEGER NOT NULL,
  attrs INTEGER NOT NULL,
  issued INTEGER NOT NULL,
  bad INTEGER NOT NULL,
  good INTEGER NOT NULL,
  PRIMARY KEY (bin, attrs)
) STRICT, WITHOUT ROWID;

-- Who and which type.
CREATE TABLE account_cell (
  bin INTEGER NOT NULL,
  account INTEGER NOT NULL,
  type INTEGER NOT NULL,
  issued INTEGER NOT NULL,
  bad INTEGER NOT NULL,
  good INTEGER NOT NULL,
  PRIMARY KEY (bin, account, type)
) STRICT, WITHOUT ROWID;

-- Everything, by the day.
CREATE TABLE day_cell (
  day INTEGER NOT NULL,
  account INTEGER NOT NULL,
  attrs INTEGER NOT NULL,
  issued INTEGER NOT NULL,
  bad INTEGER NOT NULL,
  good INTEGER NOT NULL,
  PRIMARY KEY (day, account, attrs)
) STRICT, WITHOUT ROWID;
