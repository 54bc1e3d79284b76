-- purpose: the facts that say which of some streams are one person: claims, merges and splits, whether or not they hold
-- grain: one fact and one stream that it names, in the order of facts
-- writer: none
-- reader: query_api/reading.py
SELECT event_id, claimant, claimed
FROM claims FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND claimed IN {streams:Array(String)}
    AND concat(claimant, event_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    AND concat(claimant, message_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
ORDER BY occurred_at, event_id
