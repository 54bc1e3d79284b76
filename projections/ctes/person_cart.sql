-- purpose: the cart of each given person (docs/definitions.md, Cart)
-- grain: one person with a cart fact or an order
-- writer: none
-- reader: profiles
-- with: person_facts
-- how: of a running sum that never falls below 0, the last value is the total less the least partial sum
SELECT
    customer_id,
    toNullable(max(occurred_at)) AS updated_at,
    arraySort(groupArray((
        (occurred_at, event_id),
        fact,
        arrayMap((p, q, r) -> (p, q, r, currency, fact = 'ProductRemoved'), product_ids, quantities, prices)))) AS changes,
    arraySlice(changes, arrayLastIndex(c -> c.2 = 'OrderCompleted', changes) + 1) AS open,
    arrayFlatten(arrayMap(c -> c.3, open)) AS lines,
    arrayMap(l -> (
        l.1,
        multiIf(l.5 AND l.2 = '', toDecimal128('-1000000000000000', 9),
            l.5, -toDecimal128OrZero(l.2, 9),
            l.2 = '', toDecimal128(1, 9),
            toDecimal128OrZero(l.2, 9))), lines) AS deltas,
    arraySort(i -> i.1, arrayFilter(i -> i.2 > 0, arrayMap(
        p -> (
            p,
            arraySum(arrayMap(d -> d.2, arrayFilter(d -> d.1 = p, deltas)))
                - least(toDecimal128(0, 9), arrayMin(arrayCumSum(arrayMap(d -> d.2, arrayFilter(d -> d.1 = p, deltas))))),
            toDecimal128OrNull(arrayLast(l -> l.1 = p AND NOT l.5 AND l.3 != '', lines).3, 9),
            arrayLast(l -> l.1 = p AND NOT l.5 AND l.3 != '', lines).4),
        arrayDistinct(arrayMap(l -> l.1, lines))))) AS cart
FROM person_facts
WHERE fact IN ('ProductAdded', 'ProductRemoved', 'OrderCompleted')
GROUP BY customer_id
