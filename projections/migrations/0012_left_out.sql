-- purpose: `facts` and `owners` are told what they leave out, instead of looking it up: that took most of their planning
-- grain: `facts` one row per fact that stands; `owners` one row per claimed stream
-- writer: none
-- reader: as before
-- order: as before
-- left_out: streams of bots; of what was taken back, its stream with the id of its event or message
--     (projections/left_out.py, docs/decisions/0017). An empty text among them: too much was taken back to be told, so
--     look it up
CREATE OR REPLACE VIEW facts AS
SELECT *
FROM events FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND fact NOT IN ('EventRetracted', 'CustomersMerged', 'CustomersSplit')
    AND NOT (judged AND toString(stream) IN {left_out:Array(String)})
    AND concat(stream, event_id) NOT IN {left_out:Array(String)}
    AND concat(stream, event_id) NOT IN (
        SELECT concat(stream, retracts_event) FROM retractions
        WHERE has({left_out:Array(String)}, '') AND store = {store:String} AND retracts_event != ''
            AND occurred_at <= {as_of:DateTime64(6, 'UTC')} AND recorded_at <= {known_at:DateTime64(6, 'UTC')})
    AND concat(stream, message_id) NOT IN {left_out:Array(String)}
    AND concat(stream, message_id) NOT IN (
        SELECT concat(stream, retracts_message) FROM retractions
        WHERE has({left_out:Array(String)}, '') AND store = {store:String} AND retracts_message != ''
            AND occurred_at <= {as_of:DateTime64(6, 'UTC')} AND recorded_at <= {known_at:DateTime64(6, 'UTC')});

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
    AND concat(claimant, event_id) NOT IN {left_out:Array(String)}
    AND concat(claimant, event_id) NOT IN (
        SELECT concat(stream, retracts_event) FROM retractions
        WHERE has({left_out:Array(String)}, '') AND store = {store:String} AND retracts_event != ''
            AND occurred_at <= {as_of:DateTime64(6, 'UTC')} AND recorded_at <= {known_at:DateTime64(6, 'UTC')})
    AND concat(claimant, message_id) NOT IN {left_out:Array(String)}
    AND concat(claimant, message_id) NOT IN (
        SELECT concat(stream, retracts_message) FROM retractions
        WHERE has({left_out:Array(String)}, '') AND store = {store:String} AND retracts_message != ''
            AND occurred_at <= {as_of:DateTime64(6, 'UTC')} AND recorded_at <= {known_at:DateTime64(6, 'UTC')})
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
