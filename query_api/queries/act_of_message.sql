-- purpose: the merge or split that a message was, where it is in the answers already
-- grain: at most one row
-- writer: none
-- reader: query_api/links.py
SELECT event_id FROM claims
WHERE store = {store:String} AND act = {act:String} AND message_id = {message_id:String}
LIMIT 1
