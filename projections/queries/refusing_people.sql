-- purpose: the persons in the session's `people` who ever refused consent for analytics
-- grain: one stream of such a person
-- writer: none
-- reader: projections/left_out.py
SELECT stream, customer_id
FROM people
WHERE customer_id IN (
    SELECT customer_id FROM people
    WHERE stream IN (SELECT stream FROM refusals WHERE store = {store:String}))
