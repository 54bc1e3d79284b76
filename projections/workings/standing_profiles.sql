-- purpose: profiles of people as of then, or by other rules
-- grain: one person
-- writer: projections/standing.py, for one session
-- reader: whoever reads `standing_profiles`
CREATE OR REPLACE TEMPORARY TABLE standing_profiles
ENGINE = Memory AS SELECT * FROM profiles LIMIT 0
