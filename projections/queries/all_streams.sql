-- purpose: every stream of a store with its highest version; claimed streams without facts included
-- grain: one stream
-- writer: none
-- reader: projections/scope.py
SELECT stream, max(version) FROM
(
    SELECT stream, version FROM events WHERE store = {store:String}
    UNION ALL
    SELECT claimed AS stream, 0 AS version FROM claims WHERE store = {store:String}
)
WHERE substring(stream, 1, 1) != 's'
GROUP BY stream
