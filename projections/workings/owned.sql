-- purpose: the owner of every stream of a store that is no customer of its own
-- grain: one stream
-- writer: projections/scope.py, for one session
-- reader: everybody_of_slice
CREATE OR REPLACE TEMPORARY TABLE owned
(
    stream FixedString(33),
    customer_id FixedString(33)
)
ENGINE = Memory;

INSERT INTO owned
SELECT stream, customer_id
FROM owners(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}, left_out = {left_out:Array(String)}, identity = {identity:String});
