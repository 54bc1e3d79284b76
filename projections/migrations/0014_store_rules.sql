-- purpose: the channel of a visit by the rules of a store, else by GA4's groups (0008); who is a bot by these rules is
--     asked for by projections/queries/bots.sql
-- grain: one value
-- writer: none
-- reader: read models and questions
-- channels: the empty text, and then the channels of the store's own, in their order; of each a pattern for the source, the
--     medium and the campaign (schemas/rules.py). All patterns are looked for at once: to go through the channels visit by
--     visit would copy them for each.
CREATE OR REPLACE FUNCTION footfall_store_channel AS (channels, sources, mediums, campaigns, source, medium, campaign, category) ->
    arrayFirst(
        channel -> channel != '',
        [
            channels[1 + arrayMin(arrayIntersect(
                multiMatchAllIndices(concat('\t', source, '\t'), sources),
                multiMatchAllIndices(concat('\t', medium, '\t'), mediums),
                multiMatchAllIndices(concat('\t', lowerUTF8(campaign), '\t'), campaigns)))],
            footfall_channel(source, medium, campaign, category)
        ]);

DROP VIEW IF EXISTS bots;

DROP FUNCTION IF EXISTS footfall_bot;
