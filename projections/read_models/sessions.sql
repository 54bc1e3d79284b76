-- purpose: the sessions of each person in summary
-- grain: one person, or one stream that is no customer (`live = 0`)
-- writer: refresh and rebuild
-- reader: query_api (journey)
SELECT
    {store:String} AS store,
    h.customer_id AS customer_id,
    bitShiftLeft(toUInt128(h.version), 64) + {turn:UInt64} AS version,
    h.live AS live,
    arrayMap(
        (session, own) -> tupleConcat(
            tuple(mapFilter((currency, amount) -> amount != 0, arrayReduce('sumMap', arrayConcat(
                [CAST(map(), 'Map(String, Decimal(38, 9))')],
                arrayMap(order -> map(order.2, order.3), arrayFilter(order -> has(own, order.1), o.orders)))))),
            session),
        h.sessions,
        h.session_orders) AS sessions,
    h.visitors AS visitors
FROM history AS h
LEFT JOIN
(
    SELECT customer_id, groupArray((event_id, currency, amount)) AS orders
    FROM orders
    WHERE counted
    GROUP BY customer_id
) AS o ON o.customer_id = h.customer_id
SETTINGS join_use_nulls = 0
