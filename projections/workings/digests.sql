-- purpose: what is compared of each person from two perspectives
-- grain: one person from one perspective; `fields` in the order of projections/comparing.py
-- writer: projections/comparing.py, for one session
-- reader: differing
CREATE OR REPLACE TEMPORARY TABLE digests
(
    customer_id FixedString(33),
    after Bool,
    fields Array(UInt64)
)
ENGINE = Memory
