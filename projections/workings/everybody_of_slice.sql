-- purpose: the people of a store whose components fall into a slice
-- grain: one stream
-- writer: projections/scope.py, for one session
-- reader: history
-- how: a slice is a range of the digits after a stream's letter, so that most of its facts lie together in `events`
INSERT INTO people
SELECT s.stream, s.customer_id, c.version + {first_part:UInt64}
FROM
(
    SELECT
        streams.stream AS stream,
        if(owned.customer_id = toFixedString('', 33), streams.stream, owned.customer_id) AS customer_id,
        if(roots.root = toFixedString('', 33), streams.stream, roots.root) AS root
    FROM streams
    LEFT JOIN owned ON owned.stream = streams.stream
    LEFT JOIN roots ON roots.stream = streams.stream
) AS s
INNER JOIN
(
    SELECT if(roots.root = toFixedString('', 33), streams.stream, roots.root) AS root, sum(version) AS version
    FROM streams
    LEFT JOIN roots ON roots.stream = streams.stream
    GROUP BY root
    HAVING intDiv(reinterpretAsUInt16(reverse(unhex(substring(root, 2, 4)))) * {slices:UInt64}, 65536) = {slice:UInt64}
) AS c ON c.root = s.root
SETTINGS join_use_nulls = 0
