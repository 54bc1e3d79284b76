-- purpose: the facts that need consent for analytics, say nothing of it, and happened when their person's last word was no
-- grain: one fact, as its stream with its event id
-- writer: none
-- reader: projections/left_out.py
-- refusing: table (stream, customer_id), sent with the query: all streams of the persons in question
-- how: of what a person said only the changes count, the first of them a no: behind an odd number of them a no stands
SELECT arrayJoin(arrayMap(
    fact -> concat(fact.3, fact.2),
    arrayFilter(
        fact -> arrayCount(change -> (change.1, change.2) < (fact.1, fact.2), changes) % 2 = 1,
        silent)))
FROM
(
    SELECT
        silent,
        arrayFilter(
            (one, before) -> one.3 != before,
            said,
            arrayPopBack(arrayPushFront(arrayMap(one -> one.3, said), 'yes'))) AS changes
    FROM
    (
        SELECT
            arraySort(groupArrayIf((occurred_at, event_id, toString(analytics)), analytics != 'silent')) AS said,
            groupArrayIf((occurred_at, event_id, stream), browsing AND analytics = 'silent') AS silent
        FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}) AS f
        INNER JOIN refusing AS r ON r.stream = f.stream
        WHERE f.stream IN (SELECT stream FROM refusing) AND (analytics != 'silent' OR browsing)
        GROUP BY r.customer_id
    )
)
