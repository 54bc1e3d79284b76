-- purpose: of the given users those to whom more visitors belong than may, and the last claim that links one
-- grain: one user stream
-- writer: none
-- reader: projections/links.py
SELECT claimant, lasts.1 AS at, lasts.2 AS event_id
FROM
(
    SELECT claimant, arraySort(groupArray(first))[{most_visitors:UInt64}] AS lasts
    FROM
    (
        SELECT
            claimed,
            argMin(claimant, (occurred_at, event_id)) AS claimant,
            min((toUnixTimestamp64Micro(occurred_at), event_id)) AS first
        FROM standing_claims(
            store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, identity = {identity:String})
        WHERE claimed < 'b'
            AND claimed IN (SELECT claimed FROM claimants WHERE store = {store:String} AND claimant IN (SELECT stream FROM asked))
        GROUP BY claimed
    )
    GROUP BY claimant
    HAVING count() > {most_visitors:UInt64}
)
WHERE claimant IN (SELECT stream FROM asked)
