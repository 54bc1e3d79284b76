-- purpose: the order facts of the given streams that count, of orders that nobody else reported
-- grain: one fact
-- writer: none
-- reader: footfall/erasing/answers.py
SELECT event_id, fact, server, occurred_at, received_at, properties
FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)})
WHERE stream IN (SELECT stream FROM asked)
    AND fact IN {facts:Array(String)}
    AND (order_id = '' OR order_id NOT IN (
        SELECT order_id FROM order_mentions
        WHERE store = {store:String} AND stream NOT IN (SELECT stream FROM asked)))
ORDER BY occurred_at, event_id
