-- purpose: the channel of a visit by the rules of a store, else by GA4's groups (0008); who is a bot by these rules is
--     asked for by projections/queries/bots.sql
-- grain: one value
-- writer: none
-- reader: read models and questions
-- channels: (channel, sources, ends of hosts, mediums, parts of campaigns), all in lower case but the first; a rule fits
--     a visit that fits each of its lists that is not empty (schemas/rules.py)
CREATE OR REPLACE FUNCTION footfall_store_channel AS (channels, source, medium, campaign, category) -> arrayFirst(
    channel -> channel != '',
    [
        arrayFirst(
            rule -> (empty(rule.2) OR has(rule.2, source) OR arrayExists(host -> endsWith(source, host), rule.3))
                AND (empty(rule.4) OR has(rule.4, medium))
                AND (empty(rule.5) OR arrayExists(part -> positionCaseInsensitiveUTF8(campaign, part) > 0, rule.5)),
            channels).1,
        footfall_channel(source, medium, campaign, category)
    ]);

DROP VIEW IF EXISTS bots;

DROP FUNCTION IF EXISTS footfall_bot;
