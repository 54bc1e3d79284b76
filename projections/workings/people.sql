-- purpose: whom a refresh is about: all streams of the persons in scope (projections/scope.py)
-- grain: one stream; `version` is that of its component (docs/decisions/0004)
-- writer: projections/scope.py, for one session
-- reader: history, profiles
CREATE OR REPLACE TEMPORARY TABLE people
(
    stream FixedString(33),
    customer_id FixedString(33),
    version UInt64
)
ENGINE = Memory;
