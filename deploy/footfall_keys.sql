-- Run by the PostgreSQL image when its volume is empty. A database of its own, so that no copy of one holds both the
-- facts and the keys that open them.
CREATE DATABASE footfall_keys;
