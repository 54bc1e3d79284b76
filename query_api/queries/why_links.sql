-- purpose: the facts that say which of some streams are one person
-- grain: one fact, in the order of facts
-- writer: none
-- reader: query_api/why.py
SELECT event_id, named_streams
FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')})
WHERE stream IN {streams:Array(String)} AND length(named_streams) > 1
ORDER BY occurred_at, event_id
