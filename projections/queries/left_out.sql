-- purpose: what was taken back in a store or in some streams, and which of these streams may be a bot's
-- grain: a text by which `facts` knows one fact (stream and id of event or message), or a stream with `is_burst`
-- writer: none
-- reader: projections/left_out.py
SELECT concat(stream, arrayJoin(arrayFilter(id -> id != '', [retracts_event, retracts_message]))) AS place, 0 AS is_burst
FROM retractions
WHERE store = {store:String}
    AND ({everybody:Bool} OR stream IN (SELECT stream FROM asked))
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
UNION ALL
SELECT DISTINCT toString(stream), 1
FROM bursts
WHERE store = {store:String} AND ({everybody:Bool} OR stream IN (SELECT stream FROM asked))
