-- Requests for wrk: product views from a template (messages.py), one or several a request. All by environment:
-- BENCH_TEMPLATE, BENCH_NOW, BENCH_KEY (as Basic credentials), BENCH_BATCH (0: a single event), BENCH_CUSTOMERS.
local template = os.getenv("BENCH_TEMPLATE")
local now = os.getenv("BENCH_NOW")
local batch = tonumber(os.getenv("BENCH_BATCH"))
local customers = tonumber(os.getenv("BENCH_CUSTOMERS"))
local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Basic " .. os.getenv("BENCH_KEY") }
local path = batch > 0 and "/v1/batch" or "/v1/track"
local run = os.getenv("BENCH_RUN")
local count = 0

local function message(customer)
  count = count + 1
  local product = count % 5000
  return string.format(template, run .. "-" .. count, '"anonymousId":"' .. run .. "-" .. customer .. '"', now, product, product)
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
  local body = '{"batch":[' .. table.concat(messages, ",") .. '],"sentAt":"' .. now .. '"}'
  return wrk.format("POST", path, headers, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n",
    summary.requests, summary.duration, errors.status, broken, latency:percentile(99)))
end
