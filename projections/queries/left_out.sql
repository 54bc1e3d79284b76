-- purpose: what was taken back in a store or in some streams, which of these streams may be a bot's, and whether there is
--     any in which consent for analytics was refused
-- grain: a text by which `facts` knows one fact (stream and id of event or message); `why` 1: a stream that may be a
--     bot's; `why` 2: one row where there is a refusal
-- writer: none
-- reader: projections/left_out.py
SELECT concat(stream, arrayJoin(arrayFilter(id -> id != '', [retracts_event, retracts_message]))) AS place, 0 AS why
FROM retractions
WHERE store = {store:String}
    AND ({everybody:Bool} OR stream IN (SELECT stream FROM asked))
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
UNION ALL
SELECT DISTINCT toString(stream), 1
FROM bursts
WHERE store = {store:String} AND ({everybody:Bool} OR stream IN (SELECT stream FROM asked))
UNION ALL
SELECT '', 2
FROM
(
    SELECT stream FROM refusals
    WHERE store = {store:String} AND ({everybody:Bool} OR stream IN (SELECT stream FROM asked))
    LIMIT 1
)
