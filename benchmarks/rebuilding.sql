-- purpose: many events of many customers, made inside ClickHouse
-- grain: one event
-- writer: benchmarks/rebuilding.py
-- reader: none
INSERT INTO events (
    store, stream, occurred_at, event_id, version, shard, notification_id, fact, name, message_id, server, activity, bot,
    received_at, recorded_at, named_streams, named_ids, url, referrer, source, medium, campaign, device, country,
    product_ids, quantities, prices, category, brand, order_id, amount, currency, traits, consent, properties, context)
WITH
    number % {customers:UInt64} AS customer,
    intDiv(number, {customers:UInt64}) AS k,
    customer % 2 = 0 AS known,
    known AND k % 3 != 0 AS named,
    concat('a', lower(hex(MD5(concat('a', toString(customer)))))) AS anonymous,
    concat('u', lower(hex(MD5(concat('u', toString(customer)))))) AS user,
    fromUnixTimestamp64Micro(
        toInt64(1767225600000000 + (customer % 86400) * 1000000 + intDiv(k, 8) * 604800000000 + (k % 8) * 45000000), 'UTC') AS at,
    cityHash64(number) % 100 AS dice,
    multiIf(
        k % 8 = 0 OR dice < 40, 'PageViewed',
        dice < 75, 'ProductViewed',
        dice < 87, 'ProductAdded',
        dice < 90, 'ProductRemoved',
        dice < 93, 'OrderCompleted',
        dice < 95 AND named, 'CustomerIdentified',
        'ProductsSearched') AS kind,
    kind IN ('ProductViewed', 'ProductAdded', 'ProductRemoved', 'OrderCompleted') AS about_product,
    toString(cityHash64(number, 1) % 5000) AS product
SELECT
    'shop',
    if(named, user, anonymous),
    at,
    lower(hex(MD5(toString(number)))),
    k + 1,
    0,
    number + 1,
    kind,
    transform(kind,
        ['PageViewed', 'ProductViewed', 'ProductAdded', 'ProductRemoved', 'OrderCompleted', 'CustomerIdentified', 'ProductsSearched'],
        ['page', 'Product Viewed', 'Product Added', 'Product Removed', 'Order Completed', 'identify', 'Products Searched'], ''),
    concat('m-', toString(number)),
    kind = 'OrderCompleted',
    1,
    0,
    at + INTERVAL 1 SECOND,
    at + INTERVAL 2 SECOND,
    if(named, [user, anonymous], [anonymous]),
    if(named, [concat('user-', toString(customer)), concat('a-', toString(customer))], [concat('a-', toString(customer))]),
    concat('https://shop.example/p/', product),
    if(k % 8 = 0 AND customer % 5 = 0, 'https://www.google.com/', ''),
    if(k % 8 = 0 AND customer % 5 < 2, 'google', ''),
    if(k % 8 = 0 AND customer % 5 < 2, if(customer % 5 = 0, 'organic', 'cpc'), ''),
    if(k % 8 = 0 AND customer % 5 = 1, 'autumn', ''),
    if(customer % 3 = 0, 'mobile', 'desktop'),
    '',
    if(about_product, [product], []),
    if(about_product, ['1'], []),
    if(about_product, ['89.95'], []),
    if(about_product, concat('category-', toString(cityHash64(product) % 30)), ''),
    if(about_product, concat('brand-', toString(cityHash64(product) % 50)), ''),
    if(kind = 'OrderCompleted', concat('o-', toString(number)), ''),
    if(kind = 'OrderCompleted', '89.95', ''),
    'EUR',
    if(kind = 'CustomerIdentified', concat('{"email":"', toString(customer), '@example.com","name":"Customer ', toString(customer), '"}'), ''),
    '',
    concat('{"product_id":"', product, '","name":"Trail Running Shoe","category":"shoes","brand":"Northwind","price":89.95}'),
    concat('{"page":{"url":"https://shop.example/p/', product, '","title":"Trail Running Shoe"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0","locale":"de-DE","library":{"name":"analytics.js","version":"4.1.0"}}')
FROM numbers({first:UInt64}, {length:UInt64})
