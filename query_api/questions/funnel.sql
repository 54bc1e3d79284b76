-- purpose: how many sessions or persons get how far through some steps (docs/definitions.md, The funnel)
-- grain: all subjects together, and with {by} each channel's
-- writer: none
-- reader: query_api/questions/funnel.py
-- how: each fact gets a bit mask of the steps it may fill. Of a subject's facts in order, a fold keeps for every step the
--      chain to it that started last (`chains[k]`), and the first chain that ever reached it (`first[k]`). A fact
--      extends the chains as they were before it, so it fills one step. Any order: the most steps of which every
--      subset S has as many facts as steps (Hall's theorem).
-- customer_documents: table (customer_id, document) of the session; empty unless a condition asks for it
-- strict: an activity that extends no chain ends it; e.3 of a candidate tells
-- steps: (event, conditions (document, path, operator, values)); window in microseconds, negative for none
WITH
    {steps:Array(Tuple(String, Array(Tuple(String, Array(String), String, Array(String)))))} AS steps,
    length(steps) AS n,
    {window:Int64} AS window,
    marked AS
    (
        SELECT
            if(o.customer_id = toFixedString('', 33), f.stream, o.customer_id) AS customer_id,
            toUnixTimestamp64Micro(f.occurred_at) AS at,
            f.event_id AS event_id,
            f.activity AS activity,
            if(f.source = '' AND f.medium = '', '', footfall_channel(f.source, f.medium, f.campaign, f.source_category)) AS said_channel,
            if(f.occurred_at >= {from:DateTime64(6, 'UTC')} AND f.occurred_at < {to:DateTime64(6, 'UTC')},
                arraySum((step, i) -> if(
                    step.1 = f.name AND arrayAll(c -> (
                        arrayFold(
                            (document, key) -> JSONExtractRaw(document, key),
                            c.2,
                            multiIf(c.1 = 'context', f.context, c.1 = 'traits', f.traits, c.1 = 'customer', t.document, f.properties)) AS raw,
                        if(startsWith(raw, '"'), JSONExtractString(concat('[', raw, ']'), 1), raw) AS value,
                        multiIf(
                            c.3 = 'exists', (raw NOT IN ('', 'null')) = (c.4[1] = 'true'),
                            c.3 IN ('=', '!=', 'in'), (raw NOT IN ('', 'null') AND arrayExists(
                                v -> v = value OR toDecimal128OrNull(v, 9) = toDecimal128OrNull(value, 9), c.4)) = (c.3 != '!='),
                            c.3 = 'contains', if(startsWith(raw, '['), has(JSONExtractArrayRaw(raw), toJSONString(c.4[1])), value != '' AND position(value, c.4[1]) > 0),
                            isNull(toDecimal128OrNull(value, 9)), 0,
                            c.3 = '>', toDecimal128OrZero(value, 9) > toDecimal128OrZero(c.4[1], 9),
                            c.3 = '>=', toDecimal128OrZero(value, 9) >= toDecimal128OrZero(c.4[1], 9),
                            c.3 = '<', toDecimal128OrZero(value, 9) < toDecimal128OrZero(c.4[1], 9),
                            toDecimal128OrZero(value, 9) <= toDecimal128OrZero(c.4[1], 9))
                    ).3, step.2),
                    bitShiftLeft(toUInt64(1), toUInt8(i - 1)), toUInt64(0)), steps, arrayEnumerate(steps)),
                toUInt64(0)) AS mask,
            if(
                {same:String} = '', [''],
                arrayDistinct(arrayFilter(v -> v NOT IN ('', 'null'), arrayMap(
                    d -> if(JSONExtractString(d, {same:String}) != '', JSONExtractString(d, {same:String}), JSONExtractRaw(d, {same:String})),
                    arrayConcat([f.properties], JSONExtractArrayRaw(f.properties, 'products')))))) AS shared
        FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}) AS f
        LEFT JOIN owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}, identity = {identity:String}) AS o
            ON o.stream = f.stream
        LEFT JOIN customer_documents AS t ON t.customer_id = if(o.customer_id = toFixedString('', 33), f.stream, o.customer_id)
        WHERE NOT startsWith(f.stream, 's')
            AND f.answered
            AND ({every_fact:Bool} OR f.name IN {names:Array(String)})
            AND (f.activity OR NOT {sessions:Bool})
    ),
    runs AS
    (
        SELECT
            customer_id,
            arraySort(groupArray((at, event_id, mask, shared, activity, said_channel))) AS everything,
            arrayFilter(e -> e.5, everything) AS activities,
            arraySplit((e, starts) -> starts, activities, arrayMap(
                (e, i) -> i > 1 AND e.1 - activities[i - 1].1 > {session_timeout:Int64}, activities, arrayEnumerate(activities))) AS visits
        FROM marked
        GROUP BY customer_id
    ),
    subjects AS
    (
        SELECT
            arrayJoin(if({sessions:Bool}, visits, [everything])) AS run,
            if({by_channel:Bool},
                arrayFirst(c -> c != '', arrayConcat(
                    arrayMap(e -> e.6, if({sessions:Bool}, run, visits[1])), [if(empty(visits[1]), 'None', 'Direct')])),
                '') AS channel,
            arraySort(
                e -> (e.1, if(e.3 = 0, 64, bitCount(bitXor(e.3, e.3 - 1))), if(e.3 = 0, 64, toUInt8(log2(e.3))), e.2),
                arrayFilter(e -> e.3 != 0 OR ({order:String} = 'strict' AND e.5), run)) AS events,
            if({same:String} = '', [''], arrayDistinct(arrayFlatten(arrayMap(
                e -> e.4, arrayFilter(e -> bitTest(e.3, 0), events))))) AS values
        FROM runs
        WHERE arrayExists(e -> bitTest(e.3, 0), everything)
    ),
    chains AS
    (
        SELECT
            channel,
            arrayMap(value -> arrayMap(
                e -> (e.1, if({same:String} = '' OR has(e.4, value), e.3, toUInt64(0)), e.5 AND {order:String} = 'strict'), events), values) AS candidates,
            if({order:String} = 'any', [CAST([], 'Array(Int64)')],
                arrayMap(marks -> arrayFirst(c -> notEmpty(c), arrayReverse(arrayFold(
                    (acc, e) -> arrayMap(
                        chains -> (chains, arrayMap((f, c) -> if(empty(f), c, f), acc.2, chains)),
                        [arrayMap(
                            (chain, before, k) -> if(
                                bitTest(e.2, k - 1)
                                    AND (k = 1 OR (notEmpty(before) AND (window < 0 OR e.1 - before[1] <= window)))
                                    AND (empty(chain) OR e.3 OR k = 1 OR before[1] > chain[1]),
                                arrayPushBack(if(k = 1, CAST([], 'Array(Int64)'), before), e.1),
                                if(e.3, CAST([], 'Array(Int64)'), chain)),
                            acc.1, arrayPopBack(arrayPushFront(acc.1, CAST([], 'Array(Int64)'))), arrayEnumerate(steps))])[1],
                    marks,
                    (arrayMap(s -> CAST([], 'Array(Int64)'), steps), arrayMap(s -> CAST([], 'Array(Int64)'), steps))).2)), candidates)) AS found,
            arraySort(c -> (-toInt64(length(c)), c[-1], -c[1], c), found)[1] AS best,
            if({order:String} != 'any', toInt64(length(best)), toInt64(arrayMax(arrayMap(
                marks -> arrayMax(arrayMap(
                    start -> arrayCount(
                        k -> arrayAll(
                            s -> arrayCount(m -> m.1 >= start.1 AND (window < 0 OR m.1 - start.1 <= window) AND bitAnd(m.2, s) != 0, marks) >= bitCount(s),
                            range(toUInt64(1), bitShiftLeft(toUInt64(1), toUInt8(k)))),
                        range(1, n + 1)),
                    if(window < 0, [marks[1]], marks))),
                candidates)))) AS level
        FROM subjects
        WHERE notEmpty(values)
    )
SELECT
    grouping(channel) = 1 AS total,
    channel,
    sumForEach(arrayMap(k -> toUInt64(level >= k), range(1, n + 1))) AS counts,
    quantileExactInclusiveForEach(0.5)(arrayMap(k -> (best[k + 1] - best[k]) / 1e6, range(1, length(best)))) AS medians
FROM chains
GROUP BY GROUPING SETS ((), (channel))
ORDER BY total DESC, channel
