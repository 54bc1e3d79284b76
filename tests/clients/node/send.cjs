// Sends what a test asks for with Segment's Node SDK: node send.cjs HOST WRITE_KEY calls|many USER
const { Analytics } = require('@segment/analytics-node')

const [host, writeKey, what, userId] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey, flushAt: 20, flushInterval: 200, maxRetries: 8 })
analytics.on('error', (error) => {
  console.error(JSON.stringify(error))
  process.exitCode = 1
})

if (what === 'calls') {
  analytics.track({ anonymousId: 'visitor', event: 'Product Viewed', properties: { product_id: 'p-1', price: 19.9 } })
  analytics.identify({ userId, anonymousId: 'visitor', traits: { email: 'Ada@Example.org', firstName: 'Ada' } })
  analytics.page({ userId, category: 'Docs', name: 'Home', properties: { url: 'https://shop.example/' } })
  analytics.screen({ userId, category: 'App', name: 'Start' })
  analytics.group({ userId, groupId: 'company', traits: { name: 'Analytical Engines' } })
  analytics.alias({ previousId: 'an-earlier-visitor', userId })
} else {
  for (let number = 0; number < 100; number++) {
    analytics.track({ userId, event: 'Product Added', properties: { product_id: `p-${number}` } })
  }
}

analytics.closeAndFlush({ timeout: 60000 })
