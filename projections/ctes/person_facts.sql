-- purpose: the facts of the given persons, each with its person
-- grain: one fact
-- writer: none
-- reader: read models and questions about given persons
-- people: table (stream, customer_id, version) of all streams of the persons in scope, sent with the query
SELECT people.customer_id AS customer_id, people.version AS version_seen, f.*
FROM facts(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}) AS f
INNER JOIN people ON f.stream = people.stream
WHERE f.stream IN (SELECT stream FROM people)
