-- purpose: when the last fact of some streams occurred, whether or not it counts
-- grain: one row
-- writer: none
-- reader: footfall/erasing/answers.py
SELECT max(occurred_at) FROM events
WHERE store = {store:String} AND stream IN {streams:Array(String)}
