-- purpose: the changes of a store's rules, and the rows of read models that stand
-- grain: `rule_changes` one change; a repeat replaces itself; `standing_...` one person
-- writer: the materialized view below, by inserts into `events`
-- reader: projections/store_rules.py; `standing_...`: lists of customers, conditions on them, comparisons. In a session
--         that asks about another time a temporary table of that name, filled for then, takes its place.
-- order: all changes of a store are read together, in the order in which they add up
CREATE TABLE IF NOT EXISTS rule_changes
(
    store LowCardinality(String),
    occurred_at DateTime64(6, 'UTC'),
    event_id FixedString(32),
    recorded_at DateTime64(6, 'UTC'),
    rules String,
    reason String
)
ENGINE = ReplacingMergeTree
ORDER BY (store, occurred_at, event_id)
SETTINGS index_granularity = 256;

CREATE MATERIALIZED VIEW IF NOT EXISTS rule_changes_of_events TO rule_changes AS
SELECT
    store,
    occurred_at,
    event_id,
    recorded_at,
    JSONExtractRaw(properties, 'rules') AS rules,
    JSONExtractRaw(properties, 'reason') AS reason
FROM events
WHERE fact = 'RulesChanged';

CREATE OR REPLACE VIEW standing_profiles AS
SELECT * FROM profiles FINAL WHERE live;

CREATE OR REPLACE VIEW standing_sessions AS
SELECT * FROM sessions FINAL WHERE live;
