-- purpose: the first fact of each given stream that has any
-- grain: one stream
-- writer: none
-- reader: projections/links.py
SELECT stream, toUnixTimestamp64Micro((min((occurred_at, event_id)) AS first).1), first.2
FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)})
WHERE stream IN (SELECT stream FROM asked)
GROUP BY stream
