-- purpose: where the event store has the facts of some streams, all of them: of bots and taken back ones too
-- grain: one fact
-- writer: none
-- reader: query_api/exporting/held_facts.py
-- places: (time, event id) of the last fact of the page before
SELECT shard, notification_id, occurred_at, event_id
FROM events FINAL
WHERE store = {store:String}
    AND stream IN {streams:Array(String)}
    AND recorded_at <= {until:DateTime64(6, 'UTC')}
    AND (occurred_at, event_id) > ({after_at:DateTime64(6, 'UTC')}, {after_id:String})
ORDER BY occurred_at, event_id
LIMIT {limit:UInt64}
