// All that the shop says of its visitors, in one place: GA4's data layer where GA4 has a name for it, Footfall's own
// calls where it has none. Both may be said before the snippet is there: they wait in queues.

window.dataLayer = window.dataLayer || []
window.footfall = window.footfall || []

export const item = (product, quantity = 1) => ({
  item_id: product.id,
  item_name: product.name,
  item_brand: product.brand,
  item_category: product.category,
  price: product.cents / 100,
  quantity,
})

// Without the null, what an earlier event said would be merged into this one.
const push = (event) => window.dataLayer.push({ ecommerce: null }, event)

export const shopping = (event, cents, items, more = {}) =>
  push({ event, ecommerce: { currency: 'EUR', value: cents / 100, items, ...more } })

export function listed(name, products) {
  const items = products.map((product, index) => ({ ...item(product), index }))
  push({ event: 'view_item_list', ecommerce: { item_list_id: name, item_list_name: name, items } })
}

export const searched = (words) => push({ event: 'search', search_term: words })

export const loggedIn = () => push({ event: 'login', method: 'email' })

const footfall = (...call) => window.footfall.push(call)

export const isCustomer = ({ customer_id, name, email }) => footfall('identify', customer_id, { name, email })

export const left = () => footfall('reset')

export const scored = (score, order_id) => footfall('track', 'Feedback Given', { score, scale: 5, order_id })

export const allowed = (yes) => footfall('consent', { analytics: yes })
