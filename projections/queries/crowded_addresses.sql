-- purpose: of the given addresses those that more users name than may
-- grain: one e-mail or phone stream
-- writer: none
-- reader: projections/links.py
SELECT claimed
FROM standing_claims(
    store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, identity = {identity:String})
WHERE claimed IN (SELECT stream FROM asked)
GROUP BY claimed
HAVING uniqExact(claimant) > {most_users:UInt64}
