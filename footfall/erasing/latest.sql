-- purpose: when the last fact of the given streams occurred, whether or not it counts
-- grain: one row
-- writer: none
-- reader: footfall/erasing/answers.py
SELECT max(occurred_at) FROM events
WHERE store = {store:String} AND stream IN (SELECT stream FROM asked)
