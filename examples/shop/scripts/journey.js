// Only a sample shop has this page: the visitor's own journey, as an analyst would see it. It asks once a second.

import { find } from './page.js'
import { recall } from './stored.js'

const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const money = (amounts) => Object.entries(amounts).map(([currency, amount]) => `${amount} ${currency}`).join(', ')

// What a step is about, in a few words: the first that it has.
function about({ name: event, title, details }) {
  const { query, score, scale, purposes, order_id: order, name, quantity, products, list, email } = details
  const amount = details.total ?? details.revenue
  if (event === 'identify') return 'says who this is'
  if (score) return `${score} of ${scale}`
  if (order) return amount ? `${order}, ${Number(amount).toFixed(2)} ${details.currency}` : order
  if (name) return quantity > 1 ? `${quantity} × ${name}` : name
  if (products) return products.length === 1 ? '1 product' : `${products.length} products`
  return query ?? list ?? email ?? purposes?.join(', ') ?? title ?? ''
}

function row(step) {
  const one = find('#step').content.cloneNode(true)
  one.querySelector('time').textContent = time.format(new Date(step.at))
  one.querySelector('strong').textContent = step.name
  one.querySelector('span').textContent = about(step)
  return one
}

function display({ profile, journey }) {
  const { user_ids: users, events, sessions, orders, cart } = profile
  const facts = {
    who: users[0] ?? 'somebody without a name',
    events,
    sessions,
    orders: orders.count ? `${orders.count} for ${money(orders.revenue)}` : 'none',
    cart: cart.items.length ? money(cart.value) : 'nothing',
  }
  for (const [name, text] of Object.entries(facts)) find(`[data-fact=${name}]`).textContent = text
  const steps = [...journey.sessions.flatMap((session) => session.steps), ...journey.outside_sessions]
  steps.sort((one, other) => other.at.localeCompare(one.at))
  find('[data-steps]').replaceChildren(...steps.map(row))
  find('[data-known]').hidden = false
  find('[data-nothing]').hidden = true
}

async function ask() {
  const customer = recall('customer')
  const answer = await fetch(`/visit?${new URLSearchParams(customer ? { customer: customer.customer_id } : {})}`)
  if (answer.ok) display(await answer.json())
}

async function askAgain() {
  await ask().catch(() => {}) // the product may be away for a while
  setTimeout(askAgain, 1000)
}

askAgain()
