-- purpose: all that is needed of the facts of the persons in `people`, read once and folded by whoever reads it; what is not
--     answered for want of consent names ids and says what its person allows, and nothing else
-- grain: one person, and with `live = 0` one stream that is no customer; arrays of facts are in their order
-- writer: projections/refresh.py, for one session
-- reader: orders, profiles, sessions
-- how: one reading serves all read models, since planning and reading the facts costs more than folding them. What is
--      used more than once is a column of an inner query: an alias would be planned again wherever it stands. Who
--      needs some columns alone (projections/refresh.py) asks for them by name, and the others are not read.
CREATE OR REPLACE TEMPORARY TABLE history
(
    customer_id FixedString(33),
    version UInt64,
    live Bool,
    events UInt64,
    page_views UInt64,
    product_views UInt64,
    first_fact DateTime64(6, 'UTC'),
    last_fact DateTime64(6, 'UTC'),
    names Array(Tuple(stream FixedString(33), id String)),
    category_views Tuple(Array(String), Array(Int64)),
    brand_views Tuple(Array(String), Array(Int64)),
    traits_said Array(String),
    consent_said Array(String),
    newsletters_said Array(Tuple(list String, fact String)),
    cart_changes Array(Tuple(
        occurred_at DateTime64(6, 'UTC'),
        event_id FixedString(32),
        fact String,
        product_ids Array(String),
        quantities Array(String),
        prices Array(String),
        currency String)),
    order_facts Array(Tuple(
        order_id String,
        fact String,
        server Bool,
        occurred_at DateTime64(6, 'UTC'),
        event_id FixedString(32),
        amount String,
        currency String,
        quantities Array(String))),
    sessions Array(Tuple(
        session_id String,
        started_at DateTime64(6, 'UTC'),
        ended_at DateTime64(6, 'UTC'),
        events UInt64,
        channel String,
        source String,
        medium String,
        campaign String,
        landing_page String,
        referrer String,
        device String,
        country String,
        bounced Bool,
        converted Bool)),
    session_orders Array(Array(FixedString(32))),
    visitors Array(Tuple(browser String, os String, region String, city String))
)
ENGINE = Memory;

INSERT INTO history
SELECT
    customer_id,
    version,
    1 AS live,
    events,
    page_views,
    product_views,
    first_fact,
    last_fact,
    names,
    category_views,
    brand_views,
    traits_said.3,
    consent_said.3,
    arrayMap(said -> (said.3, said.4), newsletters_said),
    cart_changes,
    order_facts,
    arrayMap(
        (run, visit, visitor) -> (
            run.2[1],
            fromUnixTimestamp64Micro(run.1[1], 'UTC'),
            fromUnixTimestamp64Micro(run.1[-1], 'UTC'),
            length(run),
            footfall_channel(visit[1], visit[2], visit[3], visit[4]),
            visit[1],
            visit[2],
            visit[3],
            arrayFirst(url -> url != '', run.4),
            run.5[1],
            arrayFirst(said -> said != '', arrayMap(v -> v[1], visitor)),
            arrayFirst(said -> said != '', arrayMap(v -> v[4], visitor)),
            arrayCount(fact -> fact != 'PageLeft', run.3) <= 1,
            has(run.3, 'OrderCompleted')),
        runs,
        visits,
        visitors) AS sessions,
    arrayMap(run -> arrayFilter((event_id, fact) -> fact = 'OrderCompleted', run.2, run.3), runs),
    arrayMap(
        visitor -> (
            arrayFirst(said -> said != '', arrayMap(v -> v[2], visitor)),
            arrayFirst(said -> said != '', arrayMap(v -> v[3], visitor)),
            arrayFirst(said -> said != '', arrayMap(v -> v[5], visitor)),
            arrayFirst(said -> said != '', arrayMap(v -> v[6], visitor))),
        visitors)
FROM
(
    SELECT
        *,
        arrayMap(run -> splitByChar('\t', arrayFirst(arrival -> arrival != '', run.6)), runs) AS visits,
        arrayMap(run -> arrayMap(visitor -> splitByChar('\t', visitor), arrayDistinct(run.7)), runs) AS visitors
    FROM
    (
        SELECT *, arraySplit((a, gap) -> gap > {session_timeout:Int64}, activities, arrayDifference(activities.1)) AS runs
        FROM
        (
            SELECT
                people.customer_id AS customer_id,
                any(people.version) AS version,
                countIf(answered) AS events,
                countIf(answered AND fact = 'PageViewed') AS page_views,
                countIf(answered AND fact = 'ProductViewed') AS product_views,
                minIf(occurred_at, answered) AS first_fact,
                maxIf(occurred_at, answered) AS last_fact,
                groupUniqArrayArray(arrayZip(named_streams, named_ids)) AS names,
                sumMappedArraysIf([toString(category)], [toInt64(1)], answered AND fact = 'ProductViewed' AND category != '') AS category_views,
                sumMappedArraysIf([toString(brand)], [toInt64(1)], answered AND fact = 'ProductViewed' AND brand != '') AS brand_views,
                arraySort(groupArrayIf((occurred_at, event_id, traits), answered AND traits != '')) AS traits_said,
                arraySort(groupArrayIf((occurred_at, event_id, consent), consent != '')) AS consent_said,
                arraySort(groupArrayIf(
                    (occurred_at, event_id, newsletter_list, fact),
                    fact IN ('NewsletterSubscribed', 'NewsletterUnsubscribed'))) AS newsletters_said,
                arraySort(groupArrayIf(
                    (occurred_at, event_id, fact, product_ids, quantities, prices, currency),
                    answered AND fact IN ('ProductAdded', 'ProductRemoved', 'OrderCompleted'))) AS cart_changes,
                groupArrayIf(
                    (if(order_id = '', event_id, order_id), fact, server, occurred_at, event_id, amount, currency, quantities),
                    fact IN ('OrderCompleted', 'OrderUpdated', 'OrderCancelled', 'OrderRefunded')) AS order_facts,
                arraySort(groupArrayIf(
                    (toUnixTimestamp64Micro(occurred_at), event_id, fact, url, referrer, arrival, visitor),
                    answered AND activity)) AS activities
            FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}) AS f
            INNER JOIN people ON people.stream = f.stream
            WHERE f.stream IN (SELECT stream FROM people)
            GROUP BY people.customer_id
            HAVING events > 0
        )
    )
);

INSERT INTO history (customer_id, version, live)
SELECT stream, version, 0 FROM people
WHERE stream NOT IN (SELECT customer_id FROM history);
