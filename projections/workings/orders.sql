-- purpose: the orders of the persons in `history` (docs/definitions.md, Orders)
-- grain: one order of one person; a refund of an unknown order stands alone with `known = 0`
-- writer: projections/refresh.py, for one session
-- reader: profiles, sessions
CREATE OR REPLACE TEMPORARY TABLE orders
(
    customer_id FixedString(33),
    counted Bool COMMENT 'completed and not cancelled',
    occurred_at DateTime64(6, 'UTC'),
    event_id FixedString(32),
    amount Decimal(38, 9),
    currency String,
    items Decimal(38, 9),
    refunded Array(Tuple(currency String, amount Decimal(38, 9)))
)
ENGINE = Memory;

INSERT INTO orders
SELECT
    owner,
    known AND NOT cancelled,
    deciding.2,
    deciding.3,
    current_amount,
    current_currency,
    arraySum(q -> if(q = '', toDecimal128(1, 9), toDecimal128OrZero(q, 9)), current_quantities),
    arrayMap(
        r -> (if(r.2 = '', current_currency, r.3), if(r.2 = '', current_amount, toDecimal128OrZero(r.2, 9))),
        arrayFilter(r -> known OR r.1 = owner, refunds))
FROM
(
    SELECT
        *,
        toDecimal128OrZero(multiIf(NOT known, '', updated.1 != '', updated.1, deciding.4), 9) AS current_amount,
        if(updated.1 != '', updated.2, deciding.5) AS current_currency,
        if(notEmpty(updated_quantities), updated_quantities, deciding.6) AS current_quantities,
        arrayJoin(if(known, [deciding.1], arrayDistinct(refunds.1))) AS owner
    FROM
    (
        SELECT
            countIf(o.fact = 'OrderCompleted') > 0 AS known,
            countIf(o.fact = 'OrderCancelled') > 0 AS cancelled,
            argMinIf(
                (customer_id, o.occurred_at, o.event_id, o.amount, o.currency, o.quantities),
                (NOT o.server, o.occurred_at, o.event_id),
                o.fact = 'OrderCompleted') AS deciding,
            argMaxIf((o.amount, o.currency), (o.occurred_at, o.event_id), o.fact = 'OrderUpdated' AND o.amount != '') AS updated,
            argMaxIf(o.quantities, (o.occurred_at, o.event_id), o.fact = 'OrderUpdated' AND notEmpty(o.quantities)) AS updated_quantities,
            groupArrayIf((customer_id, o.amount, o.currency), o.fact = 'OrderRefunded') AS refunds
        FROM history
        ARRAY JOIN order_facts AS o
        GROUP BY o.order_id
    )
);
