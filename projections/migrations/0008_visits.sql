-- purpose: what a visit was made with, from where and by whom: browser, system, region, city, channel, and bots
-- grain: `bursts` one hour of a stream; `bots` one stream; `footfall_channel` and `footfall_bot` one value
-- writer: projections/clickhouse_events.py; `bursts` by projections/clickhouse_bursts.py
-- reader: the view `facts`, read models and questions
-- order: what one event says of itself is a column; what a rule makes of it is a function or a view, so that another
--        rule can be applied to history. Rows written before have the defaults, until `footfall rebuild --events`.
-- arrival, visitor: one text each for the fold of all facts, whose time goes into the number of values of a fact
-- bots: the streams that went faster than a person at some time, by the facts that existed as of then, retracted or not.
--       More facts never make a bot a person: whose burst was whole by then, as `bursts` counted it, is one. Of others in
--       `bursts`, of which there may be more than the rule needs but never fewer, the facts are counted.
-- facts: a text is compared and no key column, which would be built into an index condition at every planning
ALTER TABLE events ADD COLUMN IF NOT EXISTS judged Bool DEFAULT 0 COMMENT 'its stream may be a bot by its behaviour' AFTER bot,
    ADD COLUMN IF NOT EXISTS source_category LowCardinality(String) DEFAULT multiIf(
        source IN ('google', 'bing', 'yahoo', 'duckduckgo', 'ecosia', 'baidu', 'yandex', 'qwant', 'startpage'), 'search',
        source IN ('facebook', 'instagram', 'tiktok', 'pinterest', 'linkedin', 'twitter', 'x', 'reddit', 'snapchat'), 'social',
        source = 'youtube', 'video',
        '') AFTER campaign,
    ADD COLUMN IF NOT EXISTS browser LowCardinality(String) AFTER device,
    ADD COLUMN IF NOT EXISTS os LowCardinality(String) AFTER browser,
    ADD COLUMN IF NOT EXISTS region LowCardinality(String) AFTER country,
    ADD COLUMN IF NOT EXISTS city LowCardinality(String) AFTER region,
    ADD COLUMN IF NOT EXISTS arrival LowCardinality(String) DEFAULT if(source = '' AND medium = '', '', concat(
        replaceAll(source, '\t', ' '), '\t', replaceAll(medium, '\t', ' '), '\t', replaceAll(campaign, '\t', ' '), '\t', source_category))
        COMMENT 'source, medium, campaign and category, with tabs between; else empty' AFTER city,
    ADD COLUMN IF NOT EXISTS visitor LowCardinality(String) DEFAULT concat(
        replaceAll(device, '\t', ' '), '\t', replaceAll(browser, '\t', ' '), '\t', replaceAll(os, '\t', ' '), '\t',
        replaceAll(country, '\t', ' '), '\t', replaceAll(region, '\t', ' '), '\t', replaceAll(city, '\t', ' '))
        COMMENT 'device, browser, os, country, region and city, with tabs between' AFTER arrival;

ALTER TABLE sessions ADD COLUMN IF NOT EXISTS visitors Array(Tuple(browser String, os String, region String, city String))
    COMMENT 'more of each session, in their order' AFTER sessions;

CREATE OR REPLACE FUNCTION footfall_channel AS (source, medium, campaign, category) -> multiIf(
    source IN ('', '(direct)') AND medium IN ('', '(none)', '(not set)'), 'Direct',
    positionCaseInsensitive(campaign, 'cross-network') > 0, 'Cross-network',
    position(medium, 'cp') > 0 OR medium IN ('ppc', 'retargeting') OR startsWith(medium, 'paid'), multiIf(
        category = 'shopping' OR match(lower(campaign), '([^a-df-z]|^)shop|shopping'), 'Paid Shopping',
        category = 'search', 'Paid Search',
        category = 'social', 'Paid Social',
        category = 'video', 'Paid Video',
        medium = 'cpm', 'Display',
        'Paid Other'),
    medium IN ('display', 'banner', 'expandable', 'interstitial'), 'Display',
    category = 'shopping' OR match(lower(campaign), '([^a-df-z]|^)shop|shopping'), 'Organic Shopping',
    category = 'social' OR medium IN ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media'), 'Organic Social',
    category = 'video' OR position(medium, 'video') > 0, 'Organic Video',
    category = 'search' OR medium = 'organic', 'Organic Search',
    medium IN ('referral', 'app', 'link'), 'Referral',
    source IN ('email', 'e-mail', 'e_mail', 'e mail', 'newsletter') OR medium IN ('email', 'e-mail', 'e_mail', 'e mail', 'newsletter'), 'Email',
    medium IN ('affiliate', 'affiliates'), 'Affiliates',
    medium = 'audio', 'Audio',
    source = 'sms' OR medium = 'sms', 'SMS',
    endsWith(medium, 'push') OR position(medium, 'mobile') > 0 OR position(medium, 'notification') > 0 OR source = 'firebase',
        'Mobile Push Notifications',
    'Unassigned');

CREATE OR REPLACE FUNCTION footfall_bot AS (in_minute, in_hour) -> in_minute > 200 OR in_hour > 2000;

CREATE TABLE IF NOT EXISTS bursts
(
    store LowCardinality(String),
    stream FixedString(33),
    hour Int64 COMMENT 'its first microsecond',
    level UInt8 COMMENT '0 where it may become a burst; else how many bits in_hour has',
    in_minute UInt64 COMMENT 'facts of its fastest minute',
    in_hour UInt64,
    happened_by DateTime64(6, 'UTC') COMMENT 'all of these had happened then',
    known_by DateTime64(6, 'UTC') COMMENT 'and were recorded'
)
ENGINE = ReplacingMergeTree
ORDER BY (store, stream, hour, level)
SETTINGS index_granularity = 256;

CREATE OR REPLACE VIEW bots AS
SELECT toString(stream) AS stream
FROM bursts
WHERE store = {store:String}
    AND happened_by <= {as_of:DateTime64(6, 'UTC')}
    AND known_by <= {known_at:DateTime64(6, 'UTC')}
    AND footfall_bot(in_minute, in_hour)
UNION ALL
SELECT toString(stream)
FROM events FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND judged
    AND stream IN (
        SELECT stream FROM bursts
        WHERE store = {store:String}
        GROUP BY stream
        HAVING NOT max(
            happened_by <= {as_of:DateTime64(6, 'UTC')} AND known_by <= {known_at:DateTime64(6, 'UTC')}
            AND footfall_bot(in_minute, in_hour)))
GROUP BY stream, toUnixTimestamp64Micro(occurred_at) - positiveModulo(toUnixTimestamp64Micro(occurred_at), 3600000000)
HAVING footfall_bot(
    arrayMax(mapValues(sumMap(map(intDiv(positiveModulo(toUnixTimestamp64Micro(occurred_at), 3600000000), 60000000), toUInt64(1))))),
    count());

CREATE OR REPLACE VIEW facts AS
SELECT *
FROM events FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND concat(stream, if(judged, '', '-')) NOT IN (
        SELECT stream FROM bots(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    AND fact != 'EventRetracted'
    AND concat(stream, event_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    AND concat(stream, message_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}));
