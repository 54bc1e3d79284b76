-- purpose: the streams of one customer
-- grain: one stream
-- writer: none
-- reader: query_api/reading.py
SELECT {customer_id:String} AS stream
UNION DISTINCT
SELECT stream
FROM owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')})
WHERE stream IN (
    SELECT claimed FROM claimants WHERE store = {store:String} AND claimant = {customer_id:String}
) AND customer_id = {customer_id:String}
