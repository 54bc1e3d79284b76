-- purpose: what is known of each person (docs/definitions.md, The profile)
-- grain: one person
-- writer: refresh and rebuild
-- reader: query_api (customers, profile)
-- with: person_facts, person_orders, person_sessions, person_cart
SELECT
    {store:String} AS store,
    s.customer_id AS customer_id,
    s.version AS version,
    1 AS live,
    ids.user_ids AS user_ids,
    ids.anonymous_ids AS anonymous_ids,
    t.traits AS traits,
    if(empty(s.activities), s.first_fact, fromUnixTimestamp64Micro(s.activities[1].1, 'UTC')) AS first_seen,
    if(empty(s.activities), s.last_fact, fromUnixTimestamp64Micro(s.activities[-1].1, 'UTC')) AS last_seen,
    s.events AS events,
    toUInt64(if(empty(s.activities), 0, length(s.runs))) AS sessions,
    s.page_views AS page_views,
    s.product_views AS product_views,
    o.orders_count AS orders_count,
    o.orders_revenue AS orders_revenue,
    o.orders_refunded AS orders_refunded,
    o.orders_first_at AS orders_first_at,
    o.orders_last_at AS orders_last_at,
    o.orders_items AS orders_items,
    c.cart AS cart,
    c.updated_at AS cart_updated_at,
    n.newsletters AS newsletters,
    k.consent AS consent,
    if(empty(s.activities), ('', '', '', '', '', ''), (
        s.channels[1],
        arrayFirst(a -> a.4 != '' OR a.5 != '', s.runs[1]).4,
        arrayFirst(a -> a.4 != '' OR a.5 != '', s.runs[1]).5,
        arrayFirst(a -> a.4 != '' OR a.5 != '', s.runs[1]).6,
        arrayFirst(a -> a.8 != '', s.runs[1]).8,
        s.runs[1][1].9)) AS acquisition,
    arraySlice(arraySort((c, n) -> (-n, c), s.category_views.1, s.category_views.2), 1, 3) AS categories,
    arraySlice(arraySort((b, n) -> (-n, b), s.brand_views.1, s.brand_views.2), 1, 3) AS brands,
    arraySort(ch -> (-toInt64(arrayCount(x -> x = ch, s.channels)), ch), arrayDistinct(s.channels))[1] AS channel
FROM
(
    SELECT *,
        arrayMap(run -> if(arrayExists(a -> a.4 != '' OR a.5 != '', run), arrayFirst(a -> a.4 != '' OR a.5 != '', run).7, 'Direct'),
            arrayFilter(run -> notEmpty(run), runs)) AS channels
    FROM person_sessions
) AS s
LEFT JOIN
(
    SELECT
        people.customer_id AS customer_id,
        arraySort(groupUniqArrayIf(named.id, startsWith(named.stream, 'u'))) AS user_ids,
        arraySort(groupUniqArrayIf(named.id, startsWith(named.stream, 'a'))) AS anonymous_ids
    FROM
    (
        SELECT DISTINCT n.1 AS stream, n.2 AS id
        FROM (SELECT DISTINCT named_streams, named_ids FROM person_facts)
        ARRAY JOIN arrayZip(named_streams, named_ids) AS n
    ) AS named
    INNER JOIN people ON named.stream = people.stream
    GROUP BY customer_id
) AS ids ON ids.customer_id = s.customer_id
LEFT JOIN
(
    SELECT customer_id, mapFromArrays(groupArray(key), groupArray(value)) AS traits
    FROM
    (
        SELECT customer_id, kv.1 AS key, argMax(kv.2, (occurred_at, event_id)) AS value
        FROM person_facts
        ARRAY JOIN JSONExtractKeysAndValuesRaw(traits) AS kv
        WHERE traits != ''
        GROUP BY customer_id, key
        HAVING value != 'null'
        ORDER BY customer_id, key
    )
    GROUP BY customer_id
) AS t ON t.customer_id = s.customer_id
LEFT JOIN
(
    SELECT customer_id, mapFromArrays(groupArray(key), groupArray(value = 'true')) AS consent
    FROM
    (
        SELECT customer_id, kv.1 AS key, argMax(kv.2, (occurred_at, event_id)) AS value
        FROM person_facts
        ARRAY JOIN JSONExtractKeysAndValuesRaw(consent) AS kv
        WHERE consent != ''
        GROUP BY customer_id, key
        ORDER BY customer_id, key
    )
    GROUP BY customer_id
) AS k ON k.customer_id = s.customer_id
LEFT JOIN
(
    SELECT customer_id, arraySort(groupArray(list)) AS newsletters
    FROM
    (
        SELECT
            customer_id,
            if(JSONExtractString(properties, 'list') = '', 'default', JSONExtractString(properties, 'list')) AS list,
            argMax(fact, (occurred_at, event_id)) AS latest
        FROM person_facts
        WHERE fact IN ('NewsletterSubscribed', 'NewsletterUnsubscribed')
        GROUP BY customer_id, list
        HAVING latest = 'NewsletterSubscribed'
    )
    GROUP BY customer_id
) AS n ON n.customer_id = s.customer_id
LEFT JOIN
(
    SELECT
        customer_id,
        countIf(known AND NOT cancelled) AS orders_count,
        sumMappedArraysIf([toString(currency)], [amount], known AND NOT cancelled) AS revenue,
        mapFromArrays(revenue.1, revenue.2) AS orders_revenue,
        sumMappedArrays(arrayMap(r -> r.1, refunded), arrayMap(r -> r.2, refunded)) AS refunds,
        mapFromArrays(refunds.1, refunds.2) AS orders_refunded,
        minIf(toNullable(occurred_at), known AND NOT cancelled) AS orders_first_at,
        maxIf(toNullable(occurred_at), known AND NOT cancelled) AS orders_last_at,
        sumIf(items, known AND NOT cancelled) AS orders_items
    FROM person_orders
    GROUP BY customer_id
) AS o ON o.customer_id = s.customer_id
LEFT JOIN person_cart AS c ON c.customer_id = s.customer_id
SETTINGS join_use_nulls = 0
