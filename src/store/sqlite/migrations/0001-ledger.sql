-- The ledger of one installation. Tasks, reports and incident events take their primary key from one sequence, `seq`,
-- in the order of commit, and are only ever appended: read side by side in that order, the three tables are the change
-- log. Integers 0 and 1 and NULL take no space in a row, so the usual case of each column is one of them.

-- `mark`: how far the index files and day ranges reach. `head`: a seq that was given, kept here because its row may
-- have been retired.
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('mark', 0), ('head', 0);

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

-- What describes a task apart from its id, owner and times; each combination once.
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

-- A task that settles is deleted and appended again at its new place in the log.
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

-- One row per accepted claim; the last row of a task stands.
CREATE TABLE report (
  seq INTEGER PRIMARY KEY,
  part INTEGER NOT NULL,     -- the task's
  task_seq INTEGER NOT NULL,
  delay INTEGER NOT NULL,    -- ms from the task's solvedAt to receipt
  claim INTEGER NOT NULL,    -- bit 0: good; then the flags: 1 class-mismatch, 2 claim-changed, 3 early
  day INTEGER GENERATED ALWAYS AS (part >> 6) VIRTUAL,
  slot INTEGER GENERATED ALWAYS AS (part & 63) VIRTUAL
) STRICT;

-- Only changed claims are in it: it tells a list of reports which first claims no longer stand.
CREATE INDEX report_changed ON report (task_seq) WHERE claim & 4;

-- Numbers that few clients send beside a report.
CREATE TABLE report_extra (
  seq INTEGER PRIMARY KEY,
  soft_id INTEGER NOT NULL
) STRICT;

-- Reports that came before their task.
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

-- Counts that change in the transaction that changes what they count: requests on report paths by outcome, 'adopted'
-- (which is no outcome), and the rows in 'tasks' and 'reports'.
CREATE TABLE tally (
  name TEXT PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where rows of a day can be found, up to meta.mark. Ranges may be wider than the rows in them, never narrower.
CREATE TABLE day_range (
  kind INTEGER NOT NULL,     -- 0 tasks by their day, 1 reports by their task's day, 2 reports by the day of receipt
  day INTEGER NOT NULL,
  seq_min INTEGER NOT NULL,
  seq_max INTEGER NOT NULL,
  PRIMARY KEY (kind, day)
) STRICT, WITHOUT ROWID;

-- The index files that belong to this database at meta.mark, with the checksum each must have.
CREATE TABLE index_file (
  name TEXT PRIMARY KEY,
  checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
