-- purpose: customers in an order, those whose ids, name or address contain a text
-- grain: one person
-- writer: none
-- reader: query_api/listing.py
-- place: the value and id of the last customer of the page before; a value is a number whatever the order
SELECT
    *,
    multiIf(
        {by:String} = 'last_seen', toUnixTimestamp64Micro(last_seen),
        {by:String} = 'first_seen', toUnixTimestamp64Micro(first_seen),
        {by:String} = 'orders', toInt64(orders_count),
        {by:String} = 'sessions', toInt64(sessions),
        toInt64(events)) * {direction:Int64} AS place
FROM standing_profiles
WHERE store = {store:String} AND live
    AND (
        {search:String} = ''
        OR arrayExists(id -> positionCaseInsensitiveUTF8(id, {search:String}) > 0, arrayConcat(user_ids, anonymous_ids))
        OR customer_id = {search:String}
        OR arrayExists(
            trait -> positionCaseInsensitiveUTF8(JSONExtractString(traits[trait]), {search:String}) > 0,
            ['email', 'name', 'firstName', 'lastName', 'phone']))
    AND (place, customer_id) > ({after:Int64}, {after_id:String})
ORDER BY place, customer_id
LIMIT {limit:UInt64}
