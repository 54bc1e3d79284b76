-- purpose: sessions of people as of then, or by other rules
-- grain: one person
-- writer: projections/standing.py, for one session
-- reader: whoever reads `standing_sessions`
CREATE OR REPLACE TEMPORARY TABLE standing_sessions
ENGINE = Memory AS SELECT * FROM sessions LIMIT 0
