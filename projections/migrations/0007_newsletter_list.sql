-- purpose: the list that a newsletter's fact names, so that read models need not read the properties of all facts
-- grain: one fact
-- writer: ClickHouse, from `properties`, also of rows written before
-- reader: projections/workings/history.sql
ALTER TABLE events ADD COLUMN IF NOT EXISTS newsletter_list String
    DEFAULT if(fact IN ('NewsletterSubscribed', 'NewsletterUnsubscribed'), JSONExtractString(properties, 'list'), '')
    AFTER consent;
