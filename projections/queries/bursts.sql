-- purpose: all hours of anonymous streams that are bursts
-- grain: one hour of a stream
-- writer: none
-- reader: projections/clickhouse_bursts.py
-- how: a burst has a fact with a high version, which few streams have
SELECT store, stream, hour
FROM
(
    SELECT
        store,
        stream,
        at - positiveModulo(at, 3600000000) AS hour,
        at - positiveModulo(at, 60000000) AS minute,
        uniqExact(event_id) AS facts
    FROM (SELECT store, stream, event_id, judged, toUnixTimestamp64Micro(occurred_at) AS at FROM events)
    WHERE judged
        AND (store, stream) IN (SELECT store, stream FROM events WHERE judged AND version > {least_in_minute:UInt64})
    GROUP BY store, stream, hour, minute
)
GROUP BY store, stream, hour
HAVING max(facts) > {least_in_minute:UInt64} OR sum(facts) > {least_in_hour:UInt64}
