-- purpose: what the view `owners` is where it is told what to leave out: the same, without what looks it up
-- grain: one claimed stream
-- writer: none
-- reader: projections/left_out.py, which puts it in the place of the view: ClickHouse plans a view apart, and for longer
SELECT
    claimed AS stream,
    toFixedString(
        transform(
            toString(argMin(claimant, (rank, occurred_at, event_id))),
            JSONExtract({identity:String}, 'merged', 'Array(String)'),
            JSONExtract({identity:String}, 'customers', 'Array(String)'),
            toString(argMin(claimant, (rank, occurred_at, event_id)))),
        33) AS customer_id
FROM claims FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND act != 'split'
    AND claimed < 'u'
    AND NOT has(JSONExtract({identity:String}, 'blocked', 'Array(String)'), claimed)
    AND NOT has(JSONExtract({identity:String}, 'blocked', 'Array(String)'), claimant)
    AND concat(claimant, if(act = 'claim', claimed, event_id)) NOT IN (
        SELECT arrayJoin(JSONExtract({identity:String}, 'voided', 'Array(String)')))
    AND concat(claimant, event_id) NOT IN {left_out:Array(String)}
    AND concat(claimant, message_id) NOT IN {left_out:Array(String)}
GROUP BY claimed
HAVING NOT arrayExists(
    last -> last.1 = argMin(claimant, (rank, occurred_at, event_id))
        AND (last.2, last.3) < argMin((toUnixTimestamp64Micro(occurred_at), event_id), (rank, occurred_at, event_id)),
    JSONExtract({identity:String}, 'crowded', 'Array(Tuple(String, Int64, String))'))
UNION ALL
SELECT toFixedString(pair.1, 33), toFixedString(pair.2, 33)
FROM
(
    SELECT arrayJoin(arrayZip(
        JSONExtract({identity:String}, 'merged', 'Array(String)'),
        JSONExtract({identity:String}, 'customers', 'Array(String)'))) AS pair
)
