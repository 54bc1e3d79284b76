-- purpose: the live sessions of one customer
-- grain: one person
-- writer: none
-- reader: query_api/reading.py
SELECT * FROM sessions FINAL
WHERE store = {store:String} AND customer_id = {customer_id:String} AND live
