-- purpose: a digest of each field of the profile that sessions decide, of everybody in `standing_profiles`
-- grain: one person
-- writer: none
-- reader: projections/comparing.py, into the table `digests`
-- journey: whoever is compared from both sides has other sessions
SELECT
    customer_id,
    {after:Bool},
    [cityHash64(sessions), cityHash64(acquisition), cityHash64(channel), toUInt64({after:Bool})]
FROM standing_profiles
WHERE store = {store:String} AND live
