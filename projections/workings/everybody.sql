-- purpose: every stream of a store with its highest version, claimed streams without facts included
-- grain: one stream
-- writer: projections/scope.py, for one session
-- reader: everybody_of_slice
CREATE OR REPLACE TEMPORARY TABLE streams
(
    stream FixedString(33),
    version UInt64
)
ENGINE = Memory;

INSERT INTO streams
SELECT stream, max(version) FROM
(
    SELECT stream, version FROM events WHERE store = {store:String}
    UNION ALL
    SELECT claimed AS stream, 0 AS version FROM claims WHERE store = {store:String}
)
WHERE substring(stream, 1, 1) != 's'
GROUP BY stream;
