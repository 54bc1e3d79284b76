-- purpose: what a fact says of consent for analytics, whether it needs it, and whether it is in the answers
-- grain: `facts_by_consent` one row of `facts`; `refusals` one stream in which somebody ever said no
-- writer: ClickHouse, from columns of `events`; `refusals` by inserts into `events`
-- reader: read models and questions about persons of whom some refused (projections/left_out.py); `refusals`: projections/left_out.py, which looks no further where there is none
-- order: `refusals` is looked up by stream. Another view, since to plan one more column costs more than all else here.
-- answered: a fact that needs consent is in the answers where it says yes, or says nothing and is not told, as its stream,
--     its event id and a dash, to have happened after its person's no (docs/decisions/0018)
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

CREATE OR REPLACE VIEW facts_by_consent AS
SELECT
    *,
    NOT browsing OR analytics = 'yes' OR (analytics = 'silent' AND concat(stream, event_id, '-') NOT IN {left_out:Array(String)}) AS answered
FROM events FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND fact NOT IN ('EventRetracted', 'CustomersMerged', 'CustomersSplit')
    AND NOT (judged AND toString(stream) IN {left_out:Array(String)})
    AND concat(stream, event_id) NOT IN {left_out:Array(String)}
    AND concat(stream, message_id) NOT IN {left_out:Array(String)};
