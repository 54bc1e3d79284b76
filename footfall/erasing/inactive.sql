-- purpose: the persons of a store whose last fact, counted or not, lies before what its retention rule says
-- grain: one person; who is known by no more than an anonymous id is a visitor, everybody else a customer
-- writer: none
-- reader: footfall/erasing/answers.py
SELECT customer_id
FROM
(
    SELECT
        if(o.customer_id = toFixedString('', 33), e.stream, o.customer_id) AS customer_id,
        max(e.last) AS last
    FROM
    (
        SELECT stream, max(occurred_at) AS last FROM events
        WHERE store = {store:String} AND substring(stream, 1, 1) != 's'
        GROUP BY stream
    ) AS e
    LEFT JOIN
    (
        SELECT stream, customer_id
        FROM owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}, identity = {identity:String})
    ) AS o ON o.stream = e.stream
    GROUP BY customer_id
)
WHERE last < if(
    startsWith(customer_id, 'a'),
    {visitors_before:DateTime64(6, 'UTC')},
    {customers_before:DateTime64(6, 'UTC')})
ORDER BY last, customer_id
LIMIT {limit:UInt64}
SETTINGS join_use_nulls = 0
