-- purpose: the sessions of each person in summary; their steps are read from `facts` page by page
-- grain: (store, customer_id); of several rows the one with the highest version stands; `live = 0` is a tombstone
-- writer: refresh and rebuild, by projections/read_models/sessions.sql
-- reader: query_api (journey)
-- order: one person is one granule; revenue stands before the times since clickhouse-driver 0.2.11 cannot read a decimal
--        that follows a DateTime64 in one tuple
CREATE TABLE IF NOT EXISTS sessions
(
    store LowCardinality(String),
    customer_id FixedString(33),
    version UInt64,
    live Bool,
    sessions Array(Tuple(
        revenue Map(String, Decimal(38, 9)),
        session_id String,
        started_at DateTime64(6, 'UTC'),
        ended_at DateTime64(6, 'UTC'),
        events UInt64,
        channel String,
        source String,
        medium String,
        campaign String,
        landing_page String,
        referrer String,
        device String,
        country String,
        bounced Bool,
        converted Bool))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (store, customer_id)
SETTINGS index_granularity = 256;
