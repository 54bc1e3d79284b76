-- purpose: what is known of each person, without history
-- grain: (store, customer_id); of several rows the one with the highest version stands; `live = 0` is a tombstone
-- writer: refresh and rebuild, by projections/read_models/profiles.sql
-- reader: query_api (customers, profile)
-- order: one person is one granule; lists scan the few narrow columns they sort by
CREATE TABLE IF NOT EXISTS profiles
(
    store LowCardinality(String),
    customer_id FixedString(33),
    version UInt64,
    live Bool,
    user_ids Array(String),
    anonymous_ids Array(String),
    traits Map(String, String),
    first_seen DateTime64(6, 'UTC'),
    last_seen DateTime64(6, 'UTC'),
    events UInt64,
    sessions UInt64,
    page_views UInt64,
    product_views UInt64,
    orders_count UInt64,
    orders_revenue Map(String, Decimal(38, 9)),
    orders_refunded Map(String, Decimal(38, 9)),
    orders_first_at Nullable(DateTime64(6, 'UTC')),
    orders_last_at Nullable(DateTime64(6, 'UTC')),
    orders_items Decimal(38, 9),
    cart Array(Tuple(product_id String, quantity Decimal(38, 9), price Nullable(Decimal(38, 9)), currency String)),
    cart_updated_at Nullable(DateTime64(6, 'UTC')),
    newsletters Array(String),
    consent Map(String, Bool),
    acquisition Tuple(channel String, source String, medium String, campaign String, landing_page String, referrer String),
    categories Array(String),
    brands Array(String),
    channel String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (store, customer_id)
SETTINGS index_granularity = 256;
