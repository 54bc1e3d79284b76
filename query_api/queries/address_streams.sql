-- purpose: the streams in which an e-mail address or phone number was ever said to be the person's
-- grain: one stream
-- writer: none
-- reader: query_api/reading.py
SELECT DISTINCT stream
FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)})
WHERE traits != ''
    AND if({kind:String} = 'email',
        lower(trim(JSONExtractString(traits, 'email'))),
        replaceRegexpAll(JSONExtractString(traits, 'phone'), '[^0-9+]', '')) = {value:String}
