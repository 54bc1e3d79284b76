-- purpose: what is known of each person (docs/definitions.md, The profile)
-- grain: one person
-- writer: refresh and rebuild
-- reader: query_api (customers, profile)
-- with: person_facts, person_orders, person_history
-- how: the cart: of a running sum that never falls below 0, the last value is the total less the least partial sum
SELECT
    {store:String} AS store,
    h.customer_id AS customer_id,
    h.version AS version,
    1 AS live,
    arraySort(arrayDistinct(arrayFilter(n -> startsWith(n.1, 'u') AND has(p.streams, n.1), h.names).2)) AS user_ids,
    arraySort(arrayDistinct(arrayFilter(n -> startsWith(n.1, 'a') AND has(p.streams, n.1), h.names).2)) AS anonymous_ids,
    mapSort(mapFilter((key, value) -> value != 'null', arrayFold(
        (known, said) -> mapUpdate(known, CAST(JSONExtractKeysAndValuesRaw(said.3), 'Map(String, String)')),
        h.traits_said,
        CAST(map(), 'Map(String, String)')))) AS traits,
    if(empty(h.activities), h.first_fact, fromUnixTimestamp64Micro(h.activities[1].1, 'UTC')) AS first_seen,
    if(empty(h.activities), h.last_fact, fromUnixTimestamp64Micro(h.activities[-1].1, 'UTC')) AS last_seen,
    h.events AS events,
    length(h.runs) AS sessions,
    h.page_views AS page_views,
    h.product_views AS product_views,
    o.orders_count AS orders_count,
    mapFromArrays(o.revenue.1, o.revenue.2) AS orders_revenue,
    mapFromArrays(o.refunded.1, o.refunded.2) AS orders_refunded,
    o.orders_first_at AS orders_first_at,
    o.orders_last_at AS orders_last_at,
    o.orders_items AS orders_items,
    arrayFilter(item -> item.2 > 0, arrayMap(
        product -> (
            product.1,
            arraySum(product.2) - least(toDecimal128(0, 9), arrayMin(arrayCumSum(product.2))),
            toDecimal128OrNull(product.3.3, 9),
            product.3.4),
        h.products)) AS cart,
    if(empty(h.cart_changes), NULL, h.cart_changes[-1].1.1) AS cart_updated_at,
    arraySort(mapKeys(mapFilter((list, fact) -> fact = 'NewsletterSubscribed', arrayFold(
        (known, said) -> mapUpdate(known, map(if(said.3 = '', 'default', said.3), toString(said.4))),
        h.newsletters_said,
        CAST(map(), 'Map(String, String)'))))) AS newsletters,
    mapSort(mapApply((purpose, given) -> (purpose, given = 'true'), arrayFold(
        (known, said) -> mapUpdate(known, CAST(JSONExtractKeysAndValuesRaw(said.3), 'Map(String, String)')),
        h.consent_said,
        CAST(map(), 'Map(String, String)')))) AS consent,
    (
        h.channels[1],
        h.sources[1].4,
        h.sources[1].5,
        h.sources[1].6,
        arrayFirst(a -> a.7 != '', h.runs[1]).7,
        h.runs[1][1].8) AS acquisition,
    arraySlice(arraySort((category, views) -> (-views, category), h.category_views.1, h.category_views.2), 1, 3) AS categories,
    arraySlice(arraySort((brand, views) -> (-views, brand), h.brand_views.1, h.brand_views.2), 1, 3) AS brands,
    arraySort(c -> (-toInt64(countEqual(h.channels, c)), c), arrayDistinct(h.channels))[1] AS channel
FROM
(
    SELECT
        *,
        arrayMap(
            product -> (
                product,
                arrayMap(l -> l.2, arrayFilter(l -> l.1 = product, cart_lines)),
                arrayLast(l -> l.1 = product AND l.3 != '', cart_lines)),
            arraySort(arrayDistinct(cart_lines.1))) AS products
    FROM
    (
        SELECT
            *,
            arrayMap(source -> footfall_channel(source.4, source.5), sources) AS channels,
            arrayFlatten(arrayMap(
                c -> arrayMap((product, quantity, price) -> (
                    product,
                    multiIf(c.2 = 'ProductRemoved' AND quantity = '', toDecimal128('-1000000000000000000', 9),
                        c.2 = 'ProductRemoved', -toDecimal128OrZero(quantity, 9),
                        toDecimal128OrZero(quantity, 9)),
                    if(c.2 = 'ProductAdded', price, ''),
                    c.6), c.3, c.4, c.5),
                arraySlice(cart_changes, arrayLastIndex(c -> c.2 = 'OrderCompleted', cart_changes) + 1))) AS cart_lines
        FROM person_history
    )
) AS h
INNER JOIN
(
    SELECT customer_id, groupArray(stream) AS streams FROM people GROUP BY customer_id
) AS p ON p.customer_id = h.customer_id
LEFT JOIN
(
    SELECT
        customer_id,
        countIf(known AND NOT cancelled) AS orders_count,
        sumMappedArraysIf([toString(currency)], [amount], known AND NOT cancelled) AS revenue,
        sumMappedArrays(refunded.1, refunded.2) AS refunded,
        minIf(toNullable(occurred_at), known AND NOT cancelled) AS orders_first_at,
        maxIf(toNullable(occurred_at), known AND NOT cancelled) AS orders_last_at,
        sumIf(items, known AND NOT cancelled) AS orders_items
    FROM person_orders
    GROUP BY customer_id
) AS o ON o.customer_id = h.customer_id
SETTINGS join_use_nulls = 0
