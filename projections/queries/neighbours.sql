-- purpose: the streams that share a link with the given ones, whether or not the link holds, or an order
-- grain: one pair (stream, neighbour)
-- writer: none
-- reader: projections/scope.py
SELECT claimed AS stream, claimant AS neighbour FROM claims
WHERE store = {store:String} AND claimed IN (SELECT stream FROM asked)
UNION DISTINCT
SELECT claimant, claimed FROM claimants
WHERE store = {store:String} AND claimant IN (SELECT stream FROM asked)
UNION DISTINCT
SELECT o.stream, m.stream
FROM (
    SELECT stream, order_id FROM stream_orders
    WHERE store = {store:String} AND stream IN (SELECT stream FROM asked)
) AS o
INNER JOIN (
    SELECT order_id, stream FROM order_mentions
    WHERE store = {store:String} AND order_id IN (
        SELECT order_id FROM stream_orders
        WHERE store = {store:String} AND stream IN (SELECT stream FROM asked))
) AS m ON m.order_id = o.order_id
WHERE o.stream != m.stream
