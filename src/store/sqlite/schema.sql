CREATE TABLE account (
  num INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT,
  payer TEXT NOT NULL,       -- the `group`: accounts of one payer
  addresses TEXT NOT NULL,   -- JSON array of CIDR blocks
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account_key (
  account INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE, -- HMAC-SHA-256 in hex; the key itself is nowhere
  last4 TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER,
  PRIMARY KEY (account, key_id)
) STRICT;

CREATE TABLE action (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,         -- when it took effect
  place TEXT NOT NULL,         -- the `where`: a JSON object
  note TEXT,
  recorded_at INTEGER NOT NULL
) STRICT;

CREATE TABLE attributes (
  id INTEGER PRIMARY KEY,
  hash INTEGER NOT NULL,     -- 32 bits of the whole combination: what makes it findable
  type TEXT NOT NULL,
  site TEXT NOT NULL,
  solver TEXT NOT NULL,
  region TEXT,
  labels TEXT                -- JSON object, keys in code-unit order; NULL for none
) STRICT;

CREATE INDEX attributes_by_hash ON attributes (hash);

CREATE TABLE day_range (
  kind INTEGER NOT NULL,     -- 0 tasks by their day, 1 reports by their task's day, 2 reports by the day of receipt
  day INTEGER NOT NULL,
  seq_min INTEGER NOT NULL,
  seq_max INTEGER NOT NULL,
  PRIMARY KEY (kind, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE incident_event (
  seq INTEGER PRIMARY KEY,
  incident_id TEXT NOT NULL,
  key TEXT NOT NULL,
  event TEXT NOT NULL,
  at INTEGER NOT NULL,
  by TEXT,                   -- NULL: Assay itself
  body TEXT NOT NULL,        -- JSON object: facts, note, other, method, as far as there are any
  UNIQUE (incident_id, key)
) STRICT;

CREATE TABLE index_file (
  name TEXT PRIMARY KEY,
  checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE parked (
  account INTEGER NOT NULL,
  task_id ANY NOT NULL,
  claim INTEGER NOT NULL,      -- 0 bad, 1 good
  ord INTEGER NOT NULL,        -- order of arrival
  path_class INTEGER NOT NULL, -- 0 either, 1 image, 2 token
  received_at INTEGER NOT NULL,
  soft_id INTEGER,
  PRIMARY KEY (account, task_id, claim)
) STRICT, WITHOUT ROWID;

CREATE TABLE report (
  seq INTEGER PRIMARY KEY,
  part INTEGER NOT NULL,     -- the task's
  task_seq INTEGER NOT NULL,
  delay INTEGER NOT NULL,    -- ms from the task's solvedAt to receipt
  claim INTEGER NOT NULL,    -- bit 0: good; then the flags: 1 class-mismatch, 2 claim-changed, 3 early
  day INTEGER GENERATED ALWAYS AS (part >> 6) VIRTUAL,
  slot INTEGER GENERATED ALWAYS AS (part & 63) VIRTUAL
) STRICT;

CREATE INDEX report_changed ON report (task_seq) WHERE claim & 4;

CREATE TABLE report_extra (
  seq INTEGER PRIMARY KEY,
  soft_id INTEGER NOT NULL
) STRICT;

CREATE TABLE tally (
  name TEXT PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE task (
  seq INTEGER PRIMARY KEY,
  part INTEGER NOT NULL,     -- day * 64 + slot: the leading key of every engine
  task_id ANY NOT NULL,      -- INTEGER; 16-byte BLOB for a lower-case UUID; TEXT for any other id
  account INTEGER NOT NULL,
  attrs INTEGER NOT NULL,
  state INTEGER NOT NULL,    -- 0 ready, 1 ready but never reportable, 2 processing, 3 processing with solvedAt, 4 failed, 5 failed with solvedAt
  at INTEGER NOT NULL,       -- ms from the start of `day` to solvedAt (states 0, 1, 3, 5) or to issuedAt (2, 4)
  took INTEGER,              -- ms from issuedAt to solvedAt where both are known
  day INTEGER GENERATED ALWAYS AS (part >> 6) VIRTUAL,
  slot INTEGER GENERATED ALWAYS AS (part & 63) VIRTUAL
) STRICT;
