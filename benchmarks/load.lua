-- Requests for wrk: product views from a template (messages.py), one or several a request. All by environment:
-- BENCH_TEMPLATE, BENCH_NOW, BENCH_KEY, BENCH_BASIC (the key as Basic credentials), BENCH_BATCH (0: a single event),
-- BENCH_CUSTOMERS, BENCH_FORMAT (segment, where the key is a header's and an event names its customer; or ga4, where
-- the URL and the body do).
local template = os.getenv("BENCH_TEMPLATE")
local now = os.getenv("BENCH_NOW")
local batch = tonumber(os.getenv("BENCH_BATCH"))
local customers = tonumber(os.getenv("BENCH_CUSTOMERS"))
local ga4 = os.getenv("BENCH_FORMAT") == "ga4"
local headers = { ["Content-Type"] = "application/json" }
local path = batch > 0 and "/v1/batch" or "/v1/track"
if ga4 then
  path = "/mp/collect?measurement_id=G-1&api_secret=" .. os.getenv("BENCH_KEY")
else
  headers["Authorization"] = "Basic " .. os.getenv("BENCH_BASIC")
end
local run = os.getenv("BENCH_RUN")
local micros = os.time() * 1000000
local count = 0

local function message(customer)
  count = count + 1
  local product = count % 5000
  if ga4 then
    return string.format(template, product, product)
  end
  return string.format(template, run .. "-" .. count, '"anonymousId":"' .. run .. "-" .. customer .. '"', now, product, product)
end

local function body(customer, messages)
  local events = table.concat(messages, ",")
  if ga4 then
    return string.format('{"client_id":"%s-%d","timestamp_micros":%d,"user_agent":"%s","events":[%s]}',
      run, customer, micros - count, os.getenv("BENCH_AGENT"), events)
  end
  return '{"batch":[' .. events .. '],"sentAt":"' .. now .. '"}'
end

function request()
  local customer = math.random(customers)
  if batch == 0 then
    return wrk.format("POST", path, headers, message(customer))
  end
  local messages = {}
  for i = 1, batch do
    messages[i] = message(customer)
  end
  return wrk.format("POST", path, headers, body(customer, messages))
end

function done(summary, latency, requests)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n",
    summary.requests, summary.duration, errors.status, broken, latency:percentile(99)))
end
