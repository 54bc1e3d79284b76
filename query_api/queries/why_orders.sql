-- purpose: the facts of some orders, whoever reported them
-- grain: one fact, in the order of facts
-- writer: none
-- reader: query_api/why.py
SELECT event_id, occurred_at, fact, order_id
FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)})
WHERE stream IN (SELECT stream FROM order_mentions WHERE store = {store:String} AND order_id IN {order_ids:Array(String)})
    AND order_id IN {order_ids:Array(String)}
    AND fact IN ('OrderCompleted', 'OrderUpdated', 'OrderCancelled', 'OrderRefunded')
ORDER BY occurred_at, event_id
