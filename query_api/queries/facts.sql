-- purpose: the facts of some streams between two places in their order, oldest or newest first
-- grain: one fact
-- writer: none
-- reader: query_api/reading.py
-- places: (time, event id), both excluded
SELECT
    event_id, message_id, name, stream, occurred_at, received_at, recorded_at, properties, context,
    url, product_ids, order_id, activity, source, medium,
    footfall_channel(source, medium, campaign, source_category) AS channel
FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)})
WHERE answered
    AND stream IN {streams:Array(String)}
    AND (activity IN {activity:Array(UInt8)})
    AND (occurred_at, event_id) > ({after_at:DateTime64(6, 'UTC')}, {after_id:String})
    AND (occurred_at, event_id) < ({before_at:DateTime64(6, 'UTC')}, {before_id:String})
ORDER BY
    if({newest_first:Bool}, -toUnixTimestamp64Micro(occurred_at), toUnixTimestamp64Micro(occurred_at)),
    if({newest_first:Bool}, '', event_id), event_id DESC
LIMIT {limit:UInt64}
