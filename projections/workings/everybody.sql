-- purpose: every stream of a store with its highest version, claimed streams without facts included; then their owners
-- grain: `streams` one stream, `owned` one claimed stream
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

CREATE OR REPLACE TEMPORARY TABLE owned
(
    stream FixedString(33),
    customer_id FixedString(33)
)
ENGINE = Memory;

INSERT INTO owned
SELECT stream, customer_id
FROM owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')});
