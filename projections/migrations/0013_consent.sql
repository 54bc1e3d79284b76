-- purpose: what a fact says of consent for analytics, whether it needs it, and where anybody ever refused it
-- grain: `refusals` one stream in which somebody said no
-- writer: ClickHouse, from columns of `events`; `refusals` by inserts into `events`
-- reader: projections/left_out.py, which looks no further where there is no refusal
-- order: `refusals` is looked up by stream
ALTER TABLE events ADD COLUMN IF NOT EXISTS analytics Enum8('silent' = 0, 'no' = 1, 'yes' = 2)
        DEFAULT if(consent = '', 'silent', transform(JSONExtractRaw(consent, 'analytics'), ['false', 'true'], ['no', 'yes'], 'silent'))
        COMMENT 'what it says of this purpose' AFTER consent,
    ADD COLUMN IF NOT EXISTS browsing Bool DEFAULT activity AND fact NOT IN (
        'OrderCompleted', 'ConsentGiven', 'ConsentWithdrawn', 'NewsletterSubscribed', 'NewsletterUnsubscribed',
        'ProductSubscriptionCreated', 'ProductSubscriptionCancelled', 'ProductReviewed', 'LeadCaptured', 'FeedbackGiven')
        COMMENT 'it needs consent for analytics' AFTER analytics;

CREATE TABLE IF NOT EXISTS refusals
(
    store LowCardinality(String),
    stream FixedString(33)
)
ENGINE = ReplacingMergeTree
ORDER BY (store, stream)
SETTINGS index_granularity = 256;

CREATE MATERIALIZED VIEW IF NOT EXISTS refusals_of_events TO refusals AS
SELECT DISTINCT store, stream
FROM events
WHERE analytics = 'no';

INSERT INTO refusals
SELECT DISTINCT store, stream
FROM events
WHERE analytics = 'no';
