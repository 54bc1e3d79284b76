-- purpose: what is known of each person (docs/definitions.md, The profile)
-- grain: one person, or one stream that is no customer (`live = 0`)
-- writer: refresh and rebuild
-- reader: query_api (customers, profile)
-- how: the cart: of a running sum that never falls below 0, the last value is the total less the least partial sum.
--      Ids by a join: an array in which the elements of another are looked up is copied for each of them.
SELECT
    {store:String} AS store,
    h.customer_id AS customer_id,
    bitShiftLeft(toUInt128(h.version), 64) + {turn:UInt64} AS version,
    h.live AS live,
    arraySort(n.user_ids) AS user_ids,
    arraySort(n.anonymous_ids) AS anonymous_ids,
    mapSort(mapFilter((key, value) -> value != 'null', arrayFold(
        (known, said) -> mapUpdate(known, CAST(JSONExtractKeysAndValuesRaw(said), 'Map(String, String)')),
        h.traits_said,
        CAST(map(), 'Map(String, String)')))) AS traits,
    if(empty(h.sessions), h.first_fact, h.sessions[1].started_at) AS first_seen,
    if(empty(h.sessions), h.last_fact, h.sessions[-1].ended_at) AS last_seen,
    h.events AS events,
    length(h.sessions) AS sessions,
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
    if(empty(h.cart_changes), NULL, h.cart_changes[-1].occurred_at) AS cart_updated_at,
    arraySort(mapKeys(mapFilter((list, fact) -> fact = 'NewsletterSubscribed', arrayFold(
        (known, said) -> mapUpdate(known, map(if(said.1 = '', 'default', said.1), said.2)),
        h.newsletters_said,
        CAST(map(), 'Map(String, String)'))))) AS newsletters,
    mapSort(mapApply((purpose, given) -> (purpose, given = 'true'), arrayFold(
        (known, said) -> mapUpdate(known, CAST(JSONExtractKeysAndValuesRaw(said), 'Map(String, String)')),
        h.consent_said,
        CAST(map(), 'Map(String, String)')))) AS consent,
    (
        h.sessions[1].channel,
        h.sessions[1].source,
        h.sessions[1].medium,
        h.sessions[1].campaign,
        h.sessions[1].landing_page,
        h.sessions[1].referrer) AS acquisition,
    arraySlice(arraySort((category, views) -> (-views, category), h.category_views.1, h.category_views.2), 1, 3) AS categories,
    arraySlice(arraySort((brand, views) -> (-views, brand), h.brand_views.1, h.brand_views.2), 1, 3) AS brands,
    arraySort(c -> (-toInt64(countEqual(h.sessions.channel, c)), c), arrayDistinct(h.sessions.channel))[1] AS channel
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
            arrayFlatten(arrayMap(
                c -> arrayMap((product, quantity, price) -> (
                    product,
                    multiIf(c.fact = 'ProductRemoved' AND quantity = '', toDecimal128('-1000000000000000000', 9),
                        c.fact = 'ProductRemoved', -toDecimal128OrZero(quantity, 9),
                        toDecimal128OrZero(quantity, 9)),
                    if(c.fact = 'ProductAdded', price, ''),
                    c.currency), c.product_ids, c.quantities, c.prices),
                arraySlice(cart_changes, arrayLastIndex(c -> c.fact = 'OrderCompleted', cart_changes) + 1))) AS cart_lines
        FROM history
    )
) AS h
LEFT JOIN
(
    SELECT
        named.customer_id AS customer_id,
        groupUniqArrayIf(name.2, startsWith(name.1, 'u')) AS user_ids,
        groupUniqArrayIf(name.2, startsWith(name.1, 'a')) AS anonymous_ids
    FROM (SELECT customer_id, arrayJoin(names) AS name FROM history) AS named
    INNER JOIN people AS p ON p.stream = named.name.1 AND p.customer_id = named.customer_id
    GROUP BY named.customer_id
) AS n ON n.customer_id = h.customer_id
LEFT JOIN
(
    SELECT
        customer_id,
        countIf(counted) AS orders_count,
        sumMappedArraysIf([currency], [amount], counted) AS revenue,
        sumMappedArrays(refunded.1, refunded.2) AS refunded,
        minIf(toNullable(occurred_at), counted) AS orders_first_at,
        maxIf(toNullable(occurred_at), counted) AS orders_last_at,
        sumIf(items, counted) AS orders_items
    FROM orders
    GROUP BY customer_id
) AS o ON o.customer_id = h.customer_id
SETTINGS join_use_nulls = 0
