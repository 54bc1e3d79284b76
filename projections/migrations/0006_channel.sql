-- purpose: the channel of a visit by its source and medium, after GA4's default channel grouping
-- grain: one value
-- writer: none
-- reader: read models and questions; a function and no column, so that another grouping can be applied to history
CREATE OR REPLACE FUNCTION footfall_channel AS (source, medium) -> multiIf(
    source = '' AND medium = '', 'Direct',
    match(medium, '^(.*cp.*|ppc|retargeting|paid.*)$'), multiIf(
        has(['google', 'bing', 'yahoo', 'duckduckgo', 'ecosia', 'baidu', 'yandex', 'qwant', 'startpage'], source), 'Paid Search',
        has(['facebook', 'instagram', 'tiktok', 'pinterest', 'linkedin', 'twitter', 'x', 'reddit', 'youtube', 'snapchat'], source), 'Paid Social',
        medium = 'cpm', 'Display',
        'Paid Other'),
    has(['display', 'banner', 'expandable', 'interstitial'], medium), 'Display',
    has(['social', 'social-network', 'social-media', 'sm', 'social network', 'social media'], medium)
        OR has(['facebook', 'instagram', 'tiktok', 'pinterest', 'linkedin', 'twitter', 'x', 'reddit', 'youtube', 'snapchat'], source), 'Organic Social',
    has(['email', 'e-mail', 'e_mail', 'e mail', 'newsletter'], medium) OR has(['email', 'e-mail', 'e_mail', 'e mail', 'newsletter'], source), 'Email',
    has(['affiliate', 'affiliates'], medium), 'Affiliates',
    medium = 'sms' OR source = 'sms', 'SMS',
    medium = 'organic' OR has(['google', 'bing', 'yahoo', 'duckduckgo', 'ecosia', 'baidu', 'yandex', 'qwant', 'startpage'], source), 'Organic Search',
    has(['referral', 'app', 'link'], medium), 'Referral',
    'Unassigned');
