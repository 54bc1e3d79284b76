-- purpose: some of the live sessions of one customer, behind a place
-- grain: one person
-- writer: none
-- reader: query_api/reading.py
SELECT arrayMap(one -> one.1, found) AS sessions, arrayMap(one -> one.2, found) AS visitors
FROM
(
    SELECT arraySlice(
        arrayFilter(
            one -> (tupleElement(one.1, 'started_at'), tupleElement(one.1, 'session_id'))
                > ({after_at:DateTime64(6, 'UTC')}, {after_id:String}),
            arrayZip(sessions, arrayResize(visitors, length(sessions)))),
        1,
        {limit:UInt64}) AS found
    FROM sessions FINAL
    WHERE store = {store:String} AND customer_id = {customer_id:String} AND live
)
