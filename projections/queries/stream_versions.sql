-- purpose: the highest version of each given stream that is there to be seen
-- grain: one given stream that has facts
-- writer: none
-- reader: projections/scope.py
SELECT stream, max(version) FROM events
WHERE store = {store:String} AND stream IN (SELECT stream FROM asked)
GROUP BY stream
