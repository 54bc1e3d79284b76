-- purpose: the profile of every person as JSON in the shape of the API, for conditions on customers
-- grain: one person
-- writer: none
-- reader: query_api/everybody.py, into the table `customer_documents`
WITH
    at -> if(isNull(at), 'null', concat('"', formatDateTime(assumeNotNull(at), '%Y-%m-%dT%H:%i:%S.%f', 'UTC'), 'Z"')) AS time,
    amount -> if(
        position(toString(amount), '.') = 0,
        concat(toString(amount), '.00'),
        rightPad(toString(amount), greatest(length(toString(amount)), position(toString(amount), '.') + 2), '0')) AS decimals,
    said -> if(said = '', 'null', toJSONString(said)) AS word,
    pairs -> concat('{', arrayStringConcat(arrayMap(pair -> concat(toJSONString(pair.1), ':', pair.2), pairs), ','), '}') AS object,
    sums -> object(arrayMap((currency, amount) -> (currency, concat('"', decimals(amount), '"')), mapKeys(sums), mapValues(sums))) AS money,
    arrayFilter(part -> part != '', [JSONExtractString(traits['firstName']), JSONExtractString(traits['lastName'])]) AS names
SELECT
    customer_id,
    object([
        ('customer_id', toJSONString(toString(customer_id))),
        ('user_ids', toJSONString(user_ids)),
        ('anonymous_ids', toJSONString(anonymous_ids)),
        ('traits', object(arrayZip(
            arrayConcat(mapKeys(traits), if(mapContains(traits, 'name') OR empty(names), [], ['name'])),
            arrayConcat(mapValues(traits), if(mapContains(traits, 'name') OR empty(names), [], [toJSONString(arrayStringConcat(names, ' '))]))))),
        ('first_seen', time(toNullable(first_seen))),
        ('last_seen', time(toNullable(last_seen))),
        ('events', toString(events)),
        ('sessions', toString(sessions)),
        ('page_views', toString(page_views)),
        ('product_views', toString(product_views)),
        ('orders', object([
            ('count', toString(orders_count)),
            ('revenue', money(orders_revenue)),
            ('refunded', money(orders_refunded)),
            ('first_at', time(orders_first_at)),
            ('last_at', time(orders_last_at)),
            ('items', toString(orders_items))])),
        ('cart', object([
            ('value', money(arrayReduce('sumMap', arrayConcat(
                [CAST(map(), 'Map(String, Decimal(76, 18))')],
                arrayMap(
                    line -> map(line.4, toDecimal256(line.2, 9) * toDecimal256(assumeNotNull(line.3), 9)),
                    arrayFilter(line -> isNotNull(line.3), cart)))))),
            ('updated_at', time(cart_updated_at))])),
        ('newsletters', toJSONString(newsletters)),
        ('acquisition', if(sessions = 0, 'null', object([
            ('channel', word(acquisition.channel)),
            ('source', word(acquisition.source)),
            ('medium', word(acquisition.medium)),
            ('campaign', word(acquisition.campaign)),
            ('landing_page', word(acquisition.landing_page)),
            ('referrer', word(acquisition.referrer))]))),
        ('preferences', object([
            ('categories', toJSONString(categories)),
            ('brands', toJSONString(brands)),
            ('channel', word(channel))])),
        ('consent', object(arrayMap((purpose, given) -> (purpose, if(given, 'true', 'false')), mapKeys(consent), mapValues(consent))))
    ])
FROM standing_profiles
WHERE store = {store:String} AND live
