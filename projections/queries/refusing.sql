-- purpose: the persons of a store who ever refused consent for analytics
-- grain: one stream of such a person
-- writer: none
-- reader: projections/links.py
WITH refused AS
(
    SELECT DISTINCT if(o.customer_id = toFixedString('', 33), r.stream, o.customer_id) AS customer_id
    FROM (SELECT DISTINCT stream FROM refusals WHERE store = {store:String}) AS r
    LEFT JOIN owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}, identity = {identity:String}) AS o
        ON o.stream = r.stream
)
SELECT customer_id AS stream, customer_id FROM refused
UNION ALL
SELECT stream, customer_id
FROM owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}, identity = {identity:String})
WHERE customer_id IN (SELECT customer_id FROM refused)
SETTINGS join_use_nulls = 0
