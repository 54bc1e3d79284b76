-- purpose: the sessions of the given persons (docs/definitions.md, Sessions), and what their facts count up to
-- grain: one person; `runs` holds a session an element, each an array of facts in their order
-- writer: none
-- reader: profiles, sessions
-- with: person_facts
SELECT
    customer_id,
    any(version_seen) AS version,
    count() AS events,
    countIf(fact = 'PageViewed') AS page_views,
    countIf(fact = 'ProductViewed') AS product_views,
    min(occurred_at) AS first_fact,
    max(occurred_at) AS last_fact,
    sumMappedArraysIf([toString(category)], [toInt64(1)], fact = 'ProductViewed' AND category != '') AS category_views,
    sumMappedArraysIf([toString(brand)], [toInt64(1)], fact = 'ProductViewed' AND brand != '') AS brand_views,
    arraySort(groupArrayIf(
        (toUnixTimestamp64Micro(occurred_at), event_id, fact, source, medium, campaign, channel, url, referrer, device, country),
        activity)) AS activities,
    arraySplit(
        (a, starts) -> starts,
        activities,
        arrayMap((a, i) -> i > 1 AND a.1 - activities[i - 1].1 > {session_timeout:Int64}, activities, arrayEnumerate(activities))) AS runs
FROM person_facts
GROUP BY customer_id
