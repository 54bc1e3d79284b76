-- purpose: the ids that are linked to less than was claimed, because of a limit or because they are blocked
-- grain: one id
-- writer: none
-- reader: query_api/links.py
-- blocked: streams that are blocked as such; what else `identity` holds back are addresses of too many users
SELECT
    stream,
    reason,
    links,
    last_at,
    last.2 AS event_id,
    last.3 AS said_by
FROM
(
    SELECT
        multiIf(
            claimed IN {blocked:Array(String)} OR has(JSONExtract({identity:String}, 'blocked', 'Array(String)'), claimed), claimed,
            claimant) AS stream,
        multiIf(
            claimed IN {blocked:Array(String)} OR claimant IN {blocked:Array(String)}, 'blocked',
            claimed >= 'e', 'too_many_users',
            'too_many_anonymous_ids') AS reason,
        uniqExact(claimant, claimed) AS links,
        max(occurred_at) AS last_at,
        max((occurred_at, event_id, claimant)) AS last
    FROM claims
    WHERE store = {store:String}
        AND act != 'split'
        AND NOT bot
        AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
        AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
        AND (
            has(JSONExtract({identity:String}, 'blocked', 'Array(String)'), claimed)
            OR has(JSONExtract({identity:String}, 'blocked', 'Array(String)'), claimant)
            OR (claimed < 'b' AND has(JSONExtract({identity:String}, 'crowded', 'Array(Tuple(String, Int64, String))').1, claimant)))
        AND (reason != 'too_many_anonymous_ids' OR claimed NOT IN (
            SELECT stream
            FROM owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}, identity = {identity:String})))
    GROUP BY stream, reason
)
WHERE (links, stream) < ({before:UInt64}, {before_id:String})
ORDER BY links DESC, stream DESC
LIMIT {limit:UInt64}
