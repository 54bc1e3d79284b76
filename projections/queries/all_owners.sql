-- purpose: the owner of every claimed stream of a store
-- grain: one claimed stream
-- writer: none
-- reader: projections/scope.py
SELECT stream, customer_id
FROM owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')})
