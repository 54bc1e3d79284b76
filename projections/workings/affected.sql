-- purpose: the streams of persons whom another timeout of sessions affects; all others stay as they are
-- grain: one stream of `people`
-- writer: projections/comparing.py, for one session
-- reader: itself: they take the place of `people`
CREATE OR REPLACE TEMPORARY TABLE affected
(
    stream FixedString(33),
    customer_id FixedString(33),
    version UInt64
)
ENGINE = Memory;

INSERT INTO affected
SELECT stream, customer_id, version FROM people
WHERE customer_id IN (
    SELECT customer_id
    FROM
    (
        SELECT p.customer_id AS customer_id, arraySort(groupArray(toUnixTimestamp64Micro(f.occurred_at))) AS moments
        FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}) AS f
        INNER JOIN people AS p ON p.stream = f.stream
        WHERE f.stream IN (SELECT stream FROM people) AND f.activity AND f.answered
        GROUP BY p.customer_id
    )
    WHERE arrayExists(gap -> gap > {shorter:Int64} AND gap <= {longer:Int64}, arrayDifference(moments)));
