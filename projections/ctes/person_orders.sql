-- purpose: the orders of the given persons (docs/definitions.md, Orders)
-- grain: one order of one person; a refund of an unknown order stands alone with `known = 0`
-- writer: none
-- reader: profiles, sessions
-- with: person_facts
SELECT
    orders.id AS order_id,
    people.customer_id AS customer_id,
    orders.known AS known,
    orders.cancelled AS cancelled,
    orders.deciding.2 AS occurred_at,
    orders.deciding.3 AS event_id,
    orders.current_amount AS amount,
    orders.current_currency AS currency,
    arraySum(q -> if(q = '', toDecimal128(1, 9), toDecimal128OrZero(q, 9)), orders.current_quantities) AS items,
    arrayMap(
        r -> (if(r.3 = '', orders.current_currency, r.4), if(r.3 = '', orders.current_amount, toDecimal128OrZero(r.3, 9))),
        arrayFilter(r -> orders.known OR r.1 = orders.owner, orders.refunds)) AS refunded
FROM
(
    SELECT
        *,
        toDecimal128OrZero(if(updated.1 != '', updated.1, deciding.4), 9) AS current_amount,
        if(updated.1 != '', updated.2, deciding.5) AS current_currency,
        if(notEmpty(updated_quantities), updated_quantities, deciding.6) AS current_quantities,
        arrayJoin(if(known, [deciding.1], arrayDistinct(refunds.1))) AS owner
    FROM
    (
        SELECT
            if(order_id = '', event_id, order_id) AS id,
            countIf(fact = 'OrderCompleted') > 0 AS known,
            countIf(fact = 'OrderCancelled') > 0 AS cancelled,
            argMinIf(
                (stream, occurred_at, event_id, amount, currency, quantities),
                (NOT server, occurred_at, event_id),
                fact = 'OrderCompleted') AS deciding,
            argMaxIf((amount, currency), (occurred_at, event_id), fact = 'OrderUpdated' AND amount != '') AS updated,
            argMaxIf(quantities, (occurred_at, event_id), fact = 'OrderUpdated' AND notEmpty(quantities)) AS updated_quantities,
            groupArrayIf((stream, event_id, amount, currency), fact = 'OrderRefunded') AS refunds
        FROM person_facts
        WHERE fact IN ('OrderCompleted', 'OrderUpdated', 'OrderCancelled', 'OrderRefunded')
        GROUP BY id
    )
) AS orders
INNER JOIN people ON people.stream = orders.owner
