-- purpose: what the facts say that made or undid links: who said it, why, and the ids by which the sides are known
-- grain: one fact
-- writer: none
-- reader: query_api/links.py
SELECT DISTINCT event_id, server, name, named_streams, named_ids, properties
FROM events
WHERE store = {store:String} AND stream IN {streams:Array(String)} AND event_id IN {event_ids:Array(String)}
