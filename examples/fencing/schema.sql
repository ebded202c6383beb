-- A resource that checks the fencing token: whoever comes with an older one than it has seen is refused,
-- whatever it believes about its lock. On PostgreSQL the same is a BEFORE UPDATE trigger, or a
-- condition in the statement itself: UPDATE … WHERE fence <= :fence, and a look at the row count.
CREATE TABLE IF NOT EXISTS report (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  fence INTEGER NOT NULL
);

CREATE TRIGGER IF NOT EXISTS report_is_fenced
BEFORE UPDATE ON report
WHEN NEW.fence < OLD.fence
BEGIN
  SELECT RAISE(ABORT, 'stale fencing token: a later run has written already');
END;
