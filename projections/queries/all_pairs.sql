-- purpose: every two streams of a store that share a link, whether or not it holds, or an order
-- grain: one pair; the streams of an order are paired with the least of them
-- writer: none
-- reader: projections/scope.py
-- blocked: streams that are linked to nothing, by whom a whole store would hang together
SELECT claimant, claimed FROM claimants
WHERE store = {store:String} AND claimant NOT IN {blocked:Array(String)} AND claimed NOT IN {blocked:Array(String)}
UNION DISTINCT
SELECT o.first, m.stream
FROM order_mentions AS m
INNER JOIN (
    SELECT order_id, min(stream) AS first FROM order_mentions
    WHERE store = {store:String}
    GROUP BY order_id
    HAVING count(DISTINCT stream) > 1
) AS o ON o.order_id = m.order_id
WHERE m.store = {store:String} AND m.stream != o.first
