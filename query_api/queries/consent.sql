-- purpose: the changes of a person's consent: where a fact says something else of a purpose than the facts before it
-- grain: one purpose of one fact
-- writer: none
-- reader: query_api/consent.py
-- places: (time, event id, purpose) of the last change of the page before
SELECT purpose, given, occurred_at, event_id, policy_version, name, server
FROM
(
    SELECT
        occurred_at,
        event_id,
        name,
        server,
        JSONExtractString(properties, 'policy_version') AS policy_version,
        arrayJoin(JSONExtractKeysAndValues(consent, 'Bool')) AS said,
        said.1 AS purpose,
        said.2 AS given,
        lagInFrame(toInt8(given), 1, toInt8(-1)) OVER (
            PARTITION BY purpose ORDER BY occurred_at, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
    FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)})
    WHERE stream IN {streams:Array(String)} AND consent != ''
)
WHERE toInt8(given) != before
    AND (occurred_at, event_id, purpose) > ({after_at:DateTime64(6, 'UTC')}, {after_id:String}, {after_purpose:String})
ORDER BY occurred_at, event_id, purpose
LIMIT {limit:UInt64}
