-- purpose: the profile of every person as JSON, for conditions on customers
-- grain: one person
-- writer: query_api/everybody.py, for one session
-- reader: questions
CREATE OR REPLACE TEMPORARY TABLE customer_documents
(
    customer_id FixedString(33),
    document String
)
ENGINE = Memory
