-- One row for each day and combination, its 15-minute bins packed into one value, an INTEGER or a TEXT (day-bins.ts): a question reads a
-- fifteenth of the rows it read before, can be asked at any width by any names, and finds the age of what it counts.
-- Beside tasks and claims each bin holds the reports expected of its tasks, which earlier versions did not know: so
-- the counters begin anew and are folded from the change log as far as it reaches.
DROP TABLE cell;
DROP TABLE account_cell;
DROP TABLE day_cell;
DELETE FROM account;
DELETE FROM task_type;
DELETE FROM attributes;
UPDATE meta SET value = 0 WHERE name = 'cursor';

CREATE INDEX attributes_by_site ON attributes (site);

CREATE TABLE type_day (
  day INTEGER NOT NULL,
  type INTEGER NOT NULL,
  bins ANY NOT NULL,
  PRIMARY KEY (day, type)
) STRICT, WITHOUT ROWID;

-- Type, site and solver: combinations without region and labels, eight to a row. Of block b the bins of combination
-- 8 b + i are numbered from 96 i.
CREATE TABLE core_day (
  day INTEGER NOT NULL,
  block INTEGER NOT NULL,
  bins ANY NOT NULL,
  PRIMARY KEY (day, block)
) STRICT, WITHOUT ROWID;

-- Everything but who.
CREATE TABLE attrs_day (
  day INTEGER NOT NULL,
  attrs INTEGER NOT NULL,
  bins ANY NOT NULL,
  PRIMARY KEY (day, attrs)
) STRICT, WITHOUT ROWID;

-- Who and which type: the bins of all types in one row, those of type t numbered from 96 t.
CREATE TABLE account_day (
  day INTEGER NOT NULL,
  account INTEGER NOT NULL,
  bins ANY NOT NULL,
  PRIMARY KEY (day, account)
) STRICT, WITHOUT ROWID;

-- Everything.
CREATE TABLE account_attrs_day (
  day INTEGER NOT NULL,
  attrs INTEGER NOT NULL,
  account INTEGER NOT NULL,
  bins ANY NOT NULL,
  PRIMARY KEY (day, attrs, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_attrs_day_by_account ON account_attrs_day (account, day);
