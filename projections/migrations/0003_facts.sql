-- purpose: the one source of all reading: duplicates, retracted facts, bots, the store and time travel settled once
-- grain: `facts` one row per fact that stands; `owners` one row per claimed stream
-- writer: none
-- reader: every read model and every question
-- order: a filter `stream IN (...)` reaches the sorting key of `events` through the view; a filter on a joined person
--        does not, so give a person's streams. Retractions are looked up by a text, since a tuple of key columns would
--        be built into an index condition at every planning.
CREATE OR REPLACE VIEW retracted AS
SELECT concat(stream, arrayJoin(arrayFilter(id -> id != '', [retracts_event, retracts_message]))) AS place
FROM retractions
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')};

CREATE OR REPLACE VIEW facts AS
SELECT *
FROM events FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND fact != 'EventRetracted'
    AND concat(stream, event_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    AND concat(stream, message_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}));

CREATE OR REPLACE VIEW owners AS
SELECT claimed AS stream, argMin(claimant, (rank, occurred_at, event_id)) AS customer_id
FROM claims FINAL
WHERE store = {store:String}
    AND occurred_at <= {as_of:DateTime64(6, 'UTC')}
    AND recorded_at <= {known_at:DateTime64(6, 'UTC')}
    AND NOT bot
    AND concat(claimant, event_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
    AND concat(claimant, message_id) NOT IN (
        SELECT place FROM retracted(store = {store:String}, as_of = {as_of:DateTime64(6, 'UTC')}, known_at = {known_at:DateTime64(6, 'UTC')}))
GROUP BY claimed;
