-- purpose: the streams of a store that have a link or share an order
-- grain: one stream; `root` names its connected component
-- writer: projections/scope.py, for one session
-- reader: everybody_of_slice
CREATE OR REPLACE TEMPORARY TABLE roots
(
    stream FixedString(33),
    root FixedString(33)
)
ENGINE = Memory;
