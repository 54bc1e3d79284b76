-- purpose: whether there is any merge or split in a store: to ask costs less than to plan what they mean
-- grain: at most one row
-- writer: none
-- reader: projections/links.py
SELECT 1 FROM claims
WHERE store = {store:String} AND act != 'claim'
LIMIT 1
