-- purpose: the one source of all reading: duplicates, retracted facts, bots, the store and time travel settled once
-- grain: `facts` one row per fact that stands; `owners` one row per claimed stream
-- writer: none
-- reader: every read model and every question
-- order: a filter `stream IN (...)` reaches the sorting key of `events` through the view; a filter on a joined person
--        does not, so give a person's streams
CREATE OR REPLACE VIEW facts AS
SELECT
    *,
    multiIf(
        source = '' AND medium = '', 'Direct',
        match(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') AND source IN ('google', 'bing', 'yahoo', 'duckduckgo', 'ecosia', 'baidu', 'yandex', 'qwant'), 'Paid Search',
        match(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') AND source IN ('facebook', 'instagram', 'tiktok', 'pinterest', 'linkedin', 'twitter', 'x', 'reddit', 'youtube', 'snapchat'), 'Paid Social',
        medium IN ('display', 'banner', 'expandable', 'interstitial', 'cpm'), 'Display',
        match(medium, '^(.*cp.*|ppc|retargeting|paid.*)$'), 'Paid Other',
        medium IN ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
            OR source IN ('facebook', 'instagram', 'tiktok', 'pinterest', 'linkedin', 'twitter', 'x', 'reddit', 'youtube', 'snapchat'), 'Organic Social',
        medium IN ('email', 'e-mail', 'e_mail', 'e mail', 'newsletter') OR source IN ('email', 'e-mail', 'e_mail', 'e mail', 'newsletter'), 'Email',
        medium = 'affiliate' OR medium = 'affiliates', 'Affiliates',
        medium = 'sms' OR source = 'sms', 'SMS',
        medium = 'organic' OR source IN ('google', 'bing', 'yahoo', 'duckduckgo', 'ecosia', 'baidu', 'yandex', 'qwant'), 'Organic Search',
        medium IN ('referral', 'app', 'link'), 'Referral',
        'Unassigned'
    ) AS channel
FROM events FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND fact != 'EventRetracted'
    AND (stream, event_id) NOT IN (
        SELECT stream, toFixedString(retracts_event, 32) FROM retractions
        WHERE store = {store:String} AND length(retracts_event) = 32
            AND occurred_at <= {as_of:DateTime64(6, 'UTC')} AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    )
    AND (stream, message_id) NOT IN (
        SELECT stream, retracts_message FROM retractions
        WHERE store = {store:String} AND retracts_message != ''
            AND occurred_at <= {as_of:DateTime64(6, 'UTC')} AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    );

CREATE OR REPLACE VIEW owners AS
SELECT claimed AS stream, argMin(claimant, (rank, occurred_at, event_id)) AS customer_id
FROM claims FINAL
WHERE store = {store:String}
    AND NOT bot
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND (claimant, event_id) NOT IN (
        SELECT stream, toFixedString(retracts_event, 32) FROM retractions
        WHERE store = {store:String} AND length(retracts_event) = 32
            AND occurred_at <= {as_of:DateTime64(6, 'UTC')} AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    )
    AND (claimant, message_id) NOT IN (
        SELECT stream, retracts_message FROM retractions
        WHERE store = {store:String} AND retracts_message != ''
            AND occurred_at <= {as_of:DateTime64(6, 'UTC')} AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    )
GROUP BY claimed;
