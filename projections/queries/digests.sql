-- purpose: a digest of each field of the profile, and of the journey, of everybody in `standing_profiles`
-- grain: one person
-- writer: none
-- reader: projections/comparing.py, into the table `digests`
SELECT
    p.customer_id,
    {after:Bool},
    [
        cityHash64(p.user_ids),
        cityHash64(p.anonymous_ids),
        cityHash64(p.traits),
        cityHash64(p.first_seen),
        cityHash64(p.last_seen),
        cityHash64(p.events),
        cityHash64(p.sessions),
        cityHash64(p.page_views),
        cityHash64(p.product_views),
        cityHash64(toString((p.orders_count, p.orders_revenue, p.orders_refunded, p.orders_first_at, p.orders_last_at, p.orders_items))),
        cityHash64(toString((p.cart, p.cart_updated_at))),
        cityHash64(p.newsletters),
        cityHash64(p.consent),
        cityHash64(p.acquisition),
        cityHash64(p.categories, p.brands, p.channel),
        cityHash64(toString(tuple(s.* EXCEPT (store, customer_id, version, live))))
    ]
FROM standing_profiles AS p
LEFT JOIN standing_sessions AS s ON s.customer_id = p.customer_id AND s.store = {store:String}
WHERE p.store = {store:String} AND p.live
SETTINGS join_use_nulls = 0
