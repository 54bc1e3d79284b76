-- purpose: the sessions of each person in summary
-- grain: one person
-- writer: refresh and rebuild
-- reader: query_api (journey)
-- with: person_facts, person_orders, person_sessions
SELECT
    {store:String} AS store,
    s.customer_id AS customer_id,
    s.version AS version,
    1 AS live,
    arrayMap(
        (run, source_at) -> (
            mapFilter((k, v) -> k != '', arrayReduce('sumMap', arrayMap(
                o -> map(o.2, o.3),
                arrayFilter(o -> has(arrayMap(a -> a.2, run), o.1), orders)))),
            run[1].2,
            fromUnixTimestamp64Micro(run[1].1, 'UTC'),
            fromUnixTimestamp64Micro(run[-1].1, 'UTC'),
            toUInt64(length(run)),
            if(source_at = 0, 'Direct', run[source_at].7),
            run[source_at].4,
            run[source_at].5,
            run[source_at].6,
            arrayFirst(a -> a.8 != '', run).8,
            run[1].9,
            arrayFirst(a -> a.10 != '', run).10,
            arrayFirst(a -> a.11 != '', run).11,
            length(run) = 1,
            arrayExists(a -> a.3 = 'OrderCompleted', run)
        ),
        s.runs,
        arrayMap(run -> arrayFirstIndex(a -> a.4 != '' OR a.5 != '', run), s.runs)) AS sessions
FROM person_sessions AS s
LEFT JOIN
(
    SELECT customer_id, groupArray((event_id, currency, amount)) AS orders
    FROM person_orders
    WHERE known AND NOT cancelled
    GROUP BY customer_id
) AS o ON o.customer_id = s.customer_id
