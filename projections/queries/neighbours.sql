-- purpose: the streams that share a link with the given ones, whether or not the link holds, or an order
-- grain: one pair (stream, neighbour)
-- writer: none
-- reader: projections/scope.py
-- upwards: only what decides whose a stream is: its claimants, and the users that these are linked with
-- blocked: streams that are linked to nothing, by whom a whole store would hang together
SELECT stream, neighbour, max(act) AS by_act
FROM
(
    SELECT claimed AS stream, claimant AS neighbour, act != 'claim' AS act FROM claims
    WHERE store = {store:String} AND claimed IN (SELECT stream FROM asked)
        AND claimant NOT IN {blocked:Array(String)} AND claimed NOT IN {blocked:Array(String)}
    UNION ALL
    SELECT claimant, claimed, 0 FROM claimants
    WHERE store = {store:String} AND claimant IN (SELECT stream FROM asked)
        AND (claimed >= 'u' OR NOT {upwards:Bool})
        AND claimant NOT IN {blocked:Array(String)} AND claimed NOT IN {blocked:Array(String)}
    UNION ALL
    SELECT o.stream, m.stream, 0
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
    WHERE o.stream != m.stream AND NOT {upwards:Bool}
)
GROUP BY stream, neighbour
