-- purpose: what tells of each fact of a person which fields it is behind
-- grain: one fact, in the order of facts
-- writer: none
-- reader: query_api/why.py
SELECT
    event_id, occurred_at, fact, answered AS is_answered, activity, order_id, named_streams, category, brand,
    if(newsletter_list = '', 'default', newsletter_list) AS list,
    JSONExtractKeys(traits) AS trait_keys,
    JSONExtractKeys(consent) AS purposes
FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)})
WHERE stream IN {streams:Array(String)}
ORDER BY occurred_at, event_id
