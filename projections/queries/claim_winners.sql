-- purpose: whose claim of a given stream comes first among those that may link it
-- grain: one claimed stream
-- writer: none
-- reader: projections/link_states.py
SELECT claimed, first.2 AS user, first.3.1 AS at, first.3.2 AS claim
FROM
(
    SELECT
        claimed,
        min(((rank, occurred_at, event_id), claimant, (toUnixTimestamp64Micro(occurred_at), event_id))) AS first
    FROM standing_claims(
        store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, identity = {identity:String})
    WHERE claimed IN (SELECT stream FROM asked)
    GROUP BY claimed
)
