-- purpose: the claims, retractions and order mentions of all events, each in the order in which it is looked up
-- grain: as the ORDER BY of each table; all are derived from inserted blocks, and a repeat replaces itself
-- writer: the materialized views below, by inserts into `events`
-- reader: the views of 0003, projections/queries/neighbours.sql
-- order: claims by the claimed stream answer "who owns this", the others lead from a stream to its neighbours
CREATE TABLE IF NOT EXISTS claims
(
    store LowCardinality(String),
    claimed FixedString(33),
    rank UInt8 COMMENT 'e-mail and phone: 0 by server key, 1 by write key; else 0',
    occurred_at DateTime64(6, 'UTC'),
    event_id FixedString(32),
    claimant FixedString(33),
    message_id String,
    recorded_at DateTime64(6, 'UTC'),
    bot Bool
)
ENGINE = ReplacingMergeTree
ORDER BY (store, claimed, rank, occurred_at, event_id)
SETTINGS index_granularity = 256;

CREATE MATERIALIZED VIEW IF NOT EXISTS claims_of_events TO claims AS
SELECT
    store,
    arrayJoin(arraySlice(named_streams, 2)) AS claimed,
    NOT server AND substring(claimed, 1, 1) IN ('e', 'p') AS rank,
    occurred_at,
    event_id,
    stream AS claimant,
    message_id,
    recorded_at,
    bot
FROM events
WHERE length(named_streams) > 1 AND fact != 'EventRetracted';

CREATE TABLE IF NOT EXISTS claimants
(
    store LowCardinality(String),
    claimant FixedString(33),
    claimed FixedString(33)
)
ENGINE = ReplacingMergeTree
ORDER BY (store, claimant, claimed)
SETTINGS index_granularity = 256;

CREATE MATERIALIZED VIEW IF NOT EXISTS claimants_of_events TO claimants AS
SELECT DISTINCT store, stream AS claimant, arrayJoin(arraySlice(named_streams, 2)) AS claimed
FROM events
WHERE length(named_streams) > 1 AND fact != 'EventRetracted';

CREATE TABLE IF NOT EXISTS order_mentions
(
    store LowCardinality(String),
    order_id String,
    stream FixedString(33)
)
ENGINE = ReplacingMergeTree
ORDER BY (store, order_id, stream)
SETTINGS index_granularity = 256;

CREATE MATERIALIZED VIEW IF NOT EXISTS order_mentions_of_events TO order_mentions AS
SELECT DISTINCT store, order_id, stream
FROM events
WHERE order_id != '' AND fact IN ('OrderCompleted', 'OrderUpdated', 'OrderCancelled', 'OrderRefunded');

CREATE TABLE IF NOT EXISTS stream_orders
(
    store LowCardinality(String),
    stream FixedString(33),
    order_id String
)
ENGINE = ReplacingMergeTree
ORDER BY (store, stream, order_id)
SETTINGS index_granularity = 256;

CREATE MATERIALIZED VIEW IF NOT EXISTS stream_orders_of_events TO stream_orders AS
SELECT DISTINCT store, stream, order_id
FROM events
WHERE order_id != '' AND fact IN ('OrderCompleted', 'OrderUpdated', 'OrderCancelled', 'OrderRefunded');

CREATE TABLE IF NOT EXISTS retractions
(
    store LowCardinality(String),
    stream FixedString(33),
    event_id FixedString(32),
    retracts_event String,
    retracts_message String,
    occurred_at DateTime64(6, 'UTC'),
    recorded_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (store, stream, event_id)
SETTINGS index_granularity = 256;

CREATE MATERIALIZED VIEW IF NOT EXISTS retractions_of_events TO retractions AS
SELECT store, stream, event_id, retracts_event, retracts_message, occurred_at, recorded_at
FROM events
WHERE fact = 'EventRetracted';
