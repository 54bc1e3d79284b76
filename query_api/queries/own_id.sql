-- purpose: the id by which a stream is known
-- grain: one row of a stream that has facts
-- writer: none
-- reader: query_api/links.py
SELECT named_ids[1] FROM events
WHERE store = {store:String} AND stream = {stream:String}
LIMIT 1
