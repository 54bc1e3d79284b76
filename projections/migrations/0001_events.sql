-- purpose: one row per customer event, the only table that facts are read from (through the view `facts`)
-- grain: (store, stream, occurred_at, event_id); a redelivered event replaces itself, all its columns being immutable
-- writer: projections/clickhouse_events.py
-- reader: the view `facts`, gap search, the refresh's search for linked streams
-- order: a person's facts lie together, so that refreshing or travelling reads a few granules; years keep parts few
CREATE TABLE IF NOT EXISTS events
(
    store LowCardinality(String),
    stream FixedString(33),
    occurred_at DateTime64(6, 'UTC'),
    event_id FixedString(32),
    version UInt64,
    shard UInt16,
    notification_id UInt64,
    fact LowCardinality(String),
    name LowCardinality(String),
    message_id String,
    server Bool,
    activity Bool,
    bot Bool,
    received_at DateTime64(6, 'UTC'),
    recorded_at DateTime64(6, 'UTC'),
    named_streams Array(FixedString(33)),
    named_ids Array(String),
    retracts_event String,
    retracts_message String,
    url String,
    referrer String,
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    device LowCardinality(String),
    country LowCardinality(String),
    product_ids Array(String),
    quantities Array(String),
    prices Array(String),
    category LowCardinality(String),
    brand LowCardinality(String),
    order_id String,
    amount String,
    currency LowCardinality(String),
    traits String CODEC(ZSTD(1)),
    consent String CODEC(ZSTD(1)),
    properties String CODEC(ZSTD(1)),
    context String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYear(occurred_at)
ORDER BY (store, stream, occurred_at, event_id)
SETTINGS index_granularity = 256, min_bytes_for_wide_part = 33554432;
