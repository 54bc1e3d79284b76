-- purpose: whose rows a mutation removes, while an erasure is carried out (projections/removal.py); else empty
-- grain: one stream of one erasure; `own` is false for those whose read models only are removed, to be written anew
-- writer: projections/removal.py
-- reader: the mutations of an erasure: what they name is not in their text, which stays on the disk
-- order: a mutation looks up one erasure
CREATE TABLE IF NOT EXISTS erasing
(
    erasure String,
    stream FixedString(33),
    own Bool
)
ENGINE = MergeTree
ORDER BY (erasure, stream);
