-- purpose: the streams of bots, of a store or of some streams: those that went faster at some time than the rules let a
--     person go, by the facts that existed as of then, retracted or not
-- grain: one stream
-- writer: none
-- reader: projections/left_out.py
-- how: more facts never make a bot a person: whose burst was whole by then, as `bursts` counted it, is one. Of others in
--     `bursts`, of which there may be more than the rules ask but never fewer, the facts are counted.
SELECT toString(stream)
FROM bursts
WHERE store = {store:String}
    AND ({everybody:Bool} OR stream IN (SELECT stream FROM asked))
    AND happened_by <= {as_of:DateTime64(6, 'UTC')}
    AND known_by <= {known_at:DateTime64(6, 'UTC')}
    AND (in_minute > {bot_in_minute:UInt64} OR in_hour > {bot_in_hour:UInt64})
UNION DISTINCT
SELECT toString(stream)
FROM events FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND judged
    AND stream IN (
        SELECT stream FROM bursts
        WHERE store = {store:String} AND ({everybody:Bool} OR stream IN (SELECT stream FROM asked))
        GROUP BY stream
        HAVING NOT max(
            happened_by <= {as_of:DateTime64(6, 'UTC')} AND known_by <= {known_at:DateTime64(6, 'UTC')}
            AND (in_minute > {bot_in_minute:UInt64} OR in_hour > {bot_in_hour:UInt64})))
GROUP BY stream, toUnixTimestamp64Micro(occurred_at) - positiveModulo(toUnixTimestamp64Micro(occurred_at), 3600000000)
HAVING arrayMax(mapValues(sumMap(map(
        intDiv(positiveModulo(toUnixTimestamp64Micro(occurred_at), 3600000000), 60000000), toUInt64(1))))) > {bot_in_minute:UInt64}
    OR count() > {bot_in_hour:UInt64}
