-- purpose: of each given stream its owner (itself, where none) and the highest version that is there to be seen
-- grain: one given stream
-- writer: none
-- reader: projections/scope.py
SELECT
    asked.stream AS stream,
    if(o.customer_id = toFixedString('', 33), asked.stream, o.customer_id) AS customer_id,
    v.version AS version
FROM asked
LEFT JOIN
(
    SELECT stream, customer_id
    FROM owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')})
    WHERE stream IN (SELECT stream FROM asked)
) AS o ON o.stream = asked.stream
LEFT JOIN
(
    SELECT stream, max(version) AS version FROM events
    WHERE store = {store:String} AND stream IN (SELECT stream FROM asked)
    GROUP BY stream
) AS v ON v.stream = asked.stream
SETTINGS join_use_nulls = 0
