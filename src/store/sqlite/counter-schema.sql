CREATE TABLE account (
  num INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  payer TEXT NOT NULL
) STRICT;

CREATE TABLE account_attrs_day (
  day INTEGER NOT NULL,
  attrs INTEGER NOT NULL,
  account INTEGER NOT NULL,
  bins ANY NOT NULL,
  PRIMARY KEY (day, attrs, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_attrs_day_by_account ON account_attrs_day (account, day);

CREATE TABLE account_day (
  day INTEGER NOT NULL,
  account INTEGER NOT NULL,
  bins ANY NOT NULL,
  PRIMARY KEY (day, account)
) STRICT, WITHOUT ROWID;

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

CREATE INDEX attributes_by_site ON attributes (site);

CREATE TABLE attrs_day (
  day INTEGER NOT NULL,
  attrs INTEGER NOT NULL,
  bins ANY NOT NULL,
  PRIMARY KEY (day, attrs)
) STRICT, WITHOUT ROWID;

CREATE TABLE core_day (
  day INTEGER NOT NULL,
  block INTEGER NOT NULL,
  bins ANY NOT NULL,
  PRIMARY KEY (day, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE task_type (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE type_day (
  day INTEGER NOT NULL,
  type INTEGER NOT NULL,
  bins ANY NOT NULL,
  PRIMARY KEY (day, type)
) STRICT, WITHOUT ROWID;
