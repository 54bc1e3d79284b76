-- purpose: who differs between two perspectives, and in which fields; who is there from one of them only, in all,
--     or in none, where only those on both sides are compared
-- grain: one person that differs
-- writer: none
-- reader: projections/comparing.py
SELECT
    customer_id,
    arrayFilter(
        (name, number) -> empty(one) OR empty(other) OR one[number] != other[number],
        {fields:Array(String)},
        arrayEnumerate({fields:Array(String)})) AS differing
FROM
(
    SELECT customer_id, anyIf(fields, NOT after) AS one, anyIf(fields, after) AS other
    FROM digests
    GROUP BY customer_id
)
WHERE one != other AND (NOT {both:Bool} OR (notEmpty(one) AND notEmpty(other)))
