-- purpose: the streams of bots, of a store or of some streams
-- grain: one stream
-- writer: none
-- reader: projections/left_out.py
SELECT DISTINCT stream
FROM bots(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')})
WHERE {everybody:Bool} OR stream IN (SELECT toString(stream) FROM asked)
