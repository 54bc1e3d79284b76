-- purpose: the sessions of each person in summary
-- grain: one person
-- writer: refresh and rebuild
-- reader: query_api (journey)
-- with: person_facts, person_orders, person_history
SELECT
    {store:String} AS store,
    h.customer_id AS customer_id,
    h.version AS version,
    1 AS live,
    arrayMap(
        (run, source) -> (
            mapFilter((currency, amount) -> amount != 0, arrayReduce('sumMap', arrayConcat(
                [CAST(map(), 'Map(String, Decimal(38, 9))')],
                arrayMap(order -> map(order.2, order.3), arrayFilter(order -> has(run.2, order.1), o.orders))))),
            run[1].2,
            fromUnixTimestamp64Micro(run[1].1, 'UTC'),
            fromUnixTimestamp64Micro(run[-1].1, 'UTC'),
            toUInt64(length(run)),
            footfall_channel(source.4, source.5),
            source.4,
            source.5,
            source.6,
            arrayFirst(a -> a.7 != '', run).7,
            run[1].8,
            arrayFirst(a -> a.9 != '', run).9,
            arrayFirst(a -> a.10 != '', run).10,
            length(run) = 1,
            has(run.3, 'OrderCompleted')),
        h.runs,
        h.sources) AS sessions
FROM person_history AS h
LEFT JOIN
(
    SELECT customer_id, groupArray((event_id, currency, amount)) AS orders
    FROM person_orders
    WHERE known AND NOT cancelled
    GROUP BY customer_id
) AS o ON o.customer_id = h.customer_id
