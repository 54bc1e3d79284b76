-- purpose: customers who said an e-mail address or phone number to be theirs, or own its stream
-- grain: one person
-- writer: none
-- reader: query_api/reading.py
SELECT * FROM profiles FINAL
WHERE store = {store:String} AND live
    AND (
        customer_id = {owner:String}
        OR ({kind:String} = 'email' AND lower(trim(JSONExtractString(traits['email']))) = {value:String})
        OR ({kind:String} = 'phone' AND replaceRegexpAll(JSONExtractString(traits['phone']), '[^0-9+]', '') = {value:String}))
ORDER BY customer_id
LIMIT 1000
