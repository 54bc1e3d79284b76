-- purpose: merges and splits beside the claims, and `owners` through all links that hold
-- grain: `claims` one named stream of one fact; `owners` one stream that is not a customer of its own;
--     `standing_claims` one claim that competes (what `owners` reads; to plan it inside of `owners` takes 6 ms more)
-- writer: ClickHouse, by inserts into `events`
-- reader: projections/scope.py, projections/links.py, every question
-- order: as before; the filter `stream IN (...)` of a reader reaches the sorting key of `claims` through the view
-- identity: what is rare is settled before, of all merges and splits, and comes as one JSON text (projections/identity.py,
--     docs/decisions/0011)
ALTER TABLE claims ADD COLUMN IF NOT EXISTS act Enum8('claim' = 0, 'merge' = 1, 'split' = 2) DEFAULT 'claim' AFTER bot;

ALTER TABLE claims_of_events MODIFY QUERY
SELECT
    store,
    arrayJoin(arraySlice(named_streams, 2)) AS claimed,
    NOT server AND substring(claimed, 1, 1) IN ('e', 'p') AS rank,
    occurred_at,
    event_id,
    stream AS claimant,
    message_id,
    recorded_at,
    bot,
    multiIf(fact = 'CustomersSplit', 'split', fact = 'CustomersMerged' OR startsWith(claimed, 'u'), 'merge', 'claim') AS act
FROM events
WHERE length(named_streams) > 1 AND fact != 'EventRetracted';

CREATE OR REPLACE VIEW facts AS
SELECT *
FROM events FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND concat(stream, if(judged, '', '-')) NOT IN (
        SELECT stream FROM bots(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    AND fact NOT IN ('EventRetracted', 'CustomersMerged', 'CustomersSplit')
    AND concat(stream, event_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    AND concat(stream, message_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}));

CREATE OR REPLACE VIEW owners AS
SELECT
    claimed AS stream,
    toFixedString(
        transform(
            toString(argMin(claimant, (rank, occurred_at, event_id))),
            JSONExtract({identity:String}, 'merged', 'Array(String)'),
            JSONExtract({identity:String}, 'customers', 'Array(String)'),
            toString(argMin(claimant, (rank, occurred_at, event_id)))),
        33) AS customer_id
FROM claims FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND act != 'split'
    AND claimed < 'u'
    AND NOT has(JSONExtract({identity:String}, 'blocked', 'Array(String)'), claimed)
    AND NOT has(JSONExtract({identity:String}, 'blocked', 'Array(String)'), claimant)
    AND concat(claimant, if(act = 'claim', claimed, event_id)) NOT IN (
        SELECT arrayJoin(JSONExtract({identity:String}, 'voided', 'Array(String)')))
    AND concat(claimant, event_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    AND concat(claimant, message_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
GROUP BY claimed
HAVING NOT arrayExists(
    last -> last.1 = argMin(claimant, (rank, occurred_at, event_id))
        AND (last.2, last.3) < argMin((toUnixTimestamp64Micro(occurred_at), event_id), (rank, occurred_at, event_id)),
    JSONExtract({identity:String}, 'crowded', 'Array(Tuple(String, Int64, String))'))
UNION ALL
SELECT toFixedString(pair.1, 33), toFixedString(pair.2, 33)
FROM
(
    SELECT arrayJoin(arrayZip(
        JSONExtract({identity:String}, 'merged', 'Array(String)'),
        JSONExtract({identity:String}, 'customers', 'Array(String)'))) AS pair
);

CREATE OR REPLACE VIEW standing_claims AS
SELECT *
FROM claims FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND act != 'split'
    AND claimed < 'u'
    AND NOT has(JSONExtract({identity:String}, 'blocked', 'Array(String)'), claimed)
    AND NOT has(JSONExtract({identity:String}, 'blocked', 'Array(String)'), claimant)
    AND concat(claimant, if(act = 'claim', claimed, event_id)) NOT IN (
        SELECT arrayJoin(JSONExtract({identity:String}, 'voided', 'Array(String)')))
    AND concat(claimant, event_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    AND concat(claimant, message_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}));
