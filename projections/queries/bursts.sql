-- purpose: the hours of some streams that are bursts by the facts that are there, and how fast these were
-- grain: one hour of a stream
-- writer: none
-- reader: projections/clickhouse_bursts.py
-- asked: table (stream), sent with the query; of the facts from `first` to `last`, microseconds, whole hours
SELECT
    {store:String} AS store,
    stream,
    hour,
    toUInt8(floor(log2(sum(facts))) + 1) AS level,
    max(facts) AS in_minute,
    sum(facts) AS in_hour,
    max(occurred) AS happened_by,
    max(recorded) AS known_by
FROM
(
    SELECT
        stream,
        at - positiveModulo(at, 3600000000) AS hour,
        at - positiveModulo(at, 60000000) AS minute,
        count() AS facts,
        max(occurred_at) AS occurred,
        max(recorded_at) AS recorded
    FROM
    (
        SELECT stream, occurred_at, recorded_at, toUnixTimestamp64Micro(occurred_at) AS at
        FROM events FINAL
        WHERE store = {store:String}
            AND judged
            AND stream IN (SELECT stream FROM asked)
            AND occurred_at >= fromUnixTimestamp64Micro({first:Int64}, 'UTC')
            AND occurred_at < fromUnixTimestamp64Micro({last:Int64}, 'UTC')
    )
    GROUP BY stream, hour, minute
)
GROUP BY stream, hour
HAVING max(facts) > {least_in_minute:UInt64} OR sum(facts) > {least_in_hour:UInt64}
