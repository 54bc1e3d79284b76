-- purpose: the merges and splits of a store, or those that name one of some streams, as far as they were not taken back
-- grain: one link of one fact
-- writer: none
-- reader: projections/links.py
SELECT act = 'split' AS split, claimant, claimed, toUnixTimestamp64Micro(occurred_at) AS at, event_id
FROM claims
WHERE store = {store:String}
    AND act != 'claim'
    AND ({everybody:Bool} OR claimed IN (SELECT stream FROM asked))
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND concat(claimant, event_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    AND concat(claimant, message_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
