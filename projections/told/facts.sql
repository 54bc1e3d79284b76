-- purpose: what the view `facts` is where it is told what to leave out: the same, without what looks it up
-- grain: one row per fact that stands
-- writer: none
-- reader: projections/left_out.py, which puts it in the place of the view: ClickHouse plans a view apart, and for longer
SELECT *
FROM events FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND fact NOT IN ('EventRetracted', 'CustomersMerged', 'CustomersSplit')
    AND NOT (judged AND toString(stream) IN {left_out:Array(String)})
    AND concat(stream, event_id) NOT IN {left_out:Array(String)}
    AND concat(stream, message_id) NOT IN {left_out:Array(String)}
