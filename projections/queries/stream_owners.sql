-- purpose: the customer of each given stream that is no customer of its own
-- grain: one given stream
-- writer: none
-- reader: projections/scope.py
SELECT stream, customer_id
FROM owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}, identity = {identity:String})
WHERE stream IN (SELECT stream FROM asked)
