// Sends what a test asks for with a Node SDK: node send.cjs segment|rudderstack HOST WRITE_KEY calls|many USER
const [sdk, host, writeKey, what, userId] = process.argv.slice(2)

const failed = (error) => {
  console.error(error)
  process.exitCode = 1
}

const segment = () => {
  const { Analytics } = require('@segment/analytics-node')
  const client = new Analytics({ host, writeKey, flushAt: 20, flushInterval: 200, maxRetries: 8 })
  client.on('error', failed)
  return [client, () => client.closeAndFlush({ timeout: 60000 })]
}

const rudderstack = () => {
  const RudderAnalytics = require('@rudderstack/rudder-sdk-node')
  const options = { dataPlaneUrl: host, flushAt: 20, flushInterval: 200, retryCount: 8, logLevel: 'error' }
  const client = new RudderAnalytics(writeKey, { ...options, errorHandler: failed })
  return [client, () => client.flush()]
}

const [client, end] = { segment, rudderstack }[sdk]()

if (what === 'calls') {
  client.track({ anonymousId: 'visitor', event: 'Product Viewed', properties: { product_id: 'p-1', price: 19.9 } })
  client.identify({ userId, anonymousId: 'visitor', traits: { email: 'Ada@Example.org', firstName: 'Ada' } })
  client.page({ userId, category: 'Docs', name: 'Home', properties: { url: 'https://shop.example/' } })
  client.screen({ userId, category: 'App', name: 'Start' })
  client.group({ userId, groupId: 'company', traits: { name: 'Analytical Engines' } })
  client.alias({ previousId: 'an-earlier-visitor', userId })
} else {
  for (let number = 0; number < 100; number++) {
    client.track({ userId, event: 'Product Added', properties: { product_id: `p-${number}` } })
  }
}

end()
