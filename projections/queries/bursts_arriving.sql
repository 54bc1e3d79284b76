-- purpose: the hours of arriving facts that are bursts, these and those that are there counted together
-- grain: one hour of a stream
-- writer: none
-- reader: projections/clickhouse_bursts.py
-- arriving: table (stream, event_id, at), sent with the query; a fact that arrives again is counted once
SELECT stream, hour
FROM
(
    SELECT
        stream,
        at - positiveModulo(at, 3600000000) AS hour,
        at - positiveModulo(at, 60000000) AS minute,
        uniqExact(event_id) AS facts
    FROM
    (
        SELECT stream, event_id, at FROM arriving
        UNION ALL
        SELECT stream, event_id, toUnixTimestamp64Micro(occurred_at) AS at
        FROM events
        WHERE store = {store:String}
            AND stream IN (SELECT stream FROM arriving)
            AND occurred_at >= fromUnixTimestamp64Micro((SELECT min(at) - 3600000000 FROM arriving), 'UTC')
            AND occurred_at <= fromUnixTimestamp64Micro((SELECT max(at) + 3600000000 FROM arriving), 'UTC')
    )
    WHERE (stream, hour) IN (SELECT stream, at - positiveModulo(at, 3600000000) FROM arriving)
    GROUP BY stream, hour, minute
)
GROUP BY stream, hour
HAVING max(facts) > {least_in_minute:UInt64} OR sum(facts) > {least_in_hour:UInt64}
