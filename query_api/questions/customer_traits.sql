-- purpose: the traits of every person as of then, for conditions on them
-- grain: one person with traits
-- writer: none
-- reader: query_api/questions/funnel.py
SELECT customer_id, concat('{"traits":{', arrayStringConcat(groupArray(concat(toJSONString(key), ':', value)), ','), '}}') AS traits
FROM
(
    SELECT
        if(o.customer_id = toFixedString('', 33), f.stream, o.customer_id) AS customer_id,
        kv.1 AS key,
        argMax(kv.2, (f.occurred_at, f.event_id)) AS value
    FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}) AS f
    LEFT JOIN owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, identity = {identity:String}) AS o
        ON o.stream = f.stream
    ARRAY JOIN JSONExtractKeysAndValuesRaw(f.traits) AS kv
    WHERE f.traits != ''
    GROUP BY customer_id, key
    HAVING value != 'null'
)
GROUP BY customer_id
