-- purpose: all that is needed of the given persons' facts, read once and folded by whoever reads it
-- grain: one person; arrays of facts are in their order, `runs` holds a session an element (docs/definitions.md, Sessions)
-- writer: none
-- reader: profiles, sessions
-- with: person_facts
-- how: read once, since planning and reading the facts costs more than folding them; columns nobody reads are left out.
--      What is used more than once is a column of an inner query: an alias would be planned again wherever it stands.
SELECT *, arrayMap(run -> arrayFirst(a -> a.4 != '' OR a.5 != '', run), runs) AS sources
FROM
(
    SELECT *, if(empty(activities), [], arraySplit(
            (a, starts) -> starts,
            activities,
            arrayMap((a, before) -> a.1 - before.1 > {session_timeout:Int64}, activities, arrayPushFront(arrayPopBack(activities), activities[1])))) AS runs
    FROM
    (
        SELECT
            customer_id,
            any(version_seen) AS version,
            count() AS events,
            countIf(fact = 'PageViewed') AS page_views,
            countIf(fact = 'ProductViewed') AS product_views,
            min(occurred_at) AS first_fact,
            max(occurred_at) AS last_fact,
            groupUniqArrayArray(arrayZip(named_streams, named_ids)) AS names,
            sumMappedArraysIf([toString(category)], [toInt64(1)], fact = 'ProductViewed' AND category != '') AS category_views,
            sumMappedArraysIf([toString(brand)], [toInt64(1)], fact = 'ProductViewed' AND brand != '') AS brand_views,
            arraySort(groupArrayIf((occurred_at, event_id, traits), traits != '')) AS traits_said,
            arraySort(groupArrayIf((occurred_at, event_id, consent), consent != '')) AS consent_said,
            arraySort(groupArrayIf(
                (occurred_at, event_id, JSONExtractString(properties, 'list'), fact),
                fact IN ('NewsletterSubscribed', 'NewsletterUnsubscribed'))) AS newsletters_said,
            arraySort(groupArrayIf(
                ((occurred_at, event_id), fact, product_ids, quantities, prices, toString(currency)),
                fact IN ('ProductAdded', 'ProductRemoved', 'OrderCompleted'))) AS cart_changes,
            arraySort(groupArrayIf(
                (toUnixTimestamp64Micro(occurred_at), event_id, fact, source, medium, campaign, url, referrer, device, country),
                activity)) AS activities
        FROM person_facts
        GROUP BY customer_id
    )
)
