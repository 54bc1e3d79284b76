-- purpose: versions that tell two rows apart which saw as much: whose reading began later stands (docs/decisions/0004)
-- grain: as before
-- writer: as before
-- reader: as before
-- order: as before. Rows of before have the smallest versions, and the next refresh replaces them.
ALTER TABLE profiles MODIFY COLUMN version UInt128 COMMENT 'what was seen, times 2^64, and the turn of the refresh';

ALTER TABLE sessions MODIFY COLUMN version UInt128 COMMENT 'what was seen, times 2^64, and the turn of the refresh';

CREATE OR REPLACE VIEW standing_profiles AS
SELECT * FROM profiles FINAL WHERE live;

CREATE OR REPLACE VIEW standing_sessions AS
SELECT * FROM sessions FINAL WHERE live;
