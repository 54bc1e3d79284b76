-- purpose: the pairs with a given stream that were ever linked by a claim, with the claim that counts first
-- grain: one pair
-- writer: none
-- reader: projections/link_states.py
SELECT claimant, claimed, first.2 AS at, first.3 AS claim
FROM
(
    SELECT claimant, claimed, min((rank, toUnixTimestamp64Micro(occurred_at), event_id)) AS first
    FROM claims
    WHERE store = {store:String}
        AND act = 'claim'
        AND claimed IN (
            SELECT stream FROM asked
            UNION DISTINCT
            SELECT claimed FROM claimants WHERE store = {store:String} AND claimant IN (SELECT stream FROM asked))
        AND (claimed IN (SELECT stream FROM asked) OR claimant IN (SELECT stream FROM asked))
        AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
        AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
        AND NOT bot
        AND concat(claimant, event_id) NOT IN (
            SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
        AND concat(claimant, message_id) NOT IN (
            SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    GROUP BY claimant, claimed
)
