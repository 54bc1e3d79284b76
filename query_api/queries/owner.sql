-- purpose: the customer that a stream belongs to, at present
-- grain: at most one row
-- writer: none
-- reader: query_api/reading.py
SELECT customer_id
FROM owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')})
WHERE stream = {stream:String}
