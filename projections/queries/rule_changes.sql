-- purpose: all changes of a store's rules, in the order in which they add up
-- grain: one change
-- writer: none
-- reader: projections/store_rules.py
SELECT event_id, occurred_at, recorded_at, rules, reason
FROM rule_changes FINAL
WHERE store = {store:String}
ORDER BY occurred_at, event_id
