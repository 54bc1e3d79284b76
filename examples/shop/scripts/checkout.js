// From the cart to an order: the shop's server takes it, and says its number and the customer's.

import { empty, goods, lines, postage } from './basket.js'
import { price } from './catalogue.js'
import { find } from './page.js'
import { send } from './server.js'
import { keep, recall } from './stored.js'
import { isCustomer, item, shopping } from './telling.js'

const form = find('[data-checkout]')
const items = lines().map(({ product, quantity }) => item(product, quantity))
const chosen = (name) => form.elements[name].value
const total = () => goods() + postage(chosen('shipping'))

function display() {
  find('[data-total]').textContent = `Together ${price(total())}`
}

async function order() {
  const said = {
    name: chosen('name'),
    email: chosen('email'),
    shipping: chosen('shipping'),
    lines: lines().map(({ product, quantity }) => ({ id: product.id, quantity })),
  }
  const taken = await send('/orders', said)
  const customer = { customer_id: taken.customer_id, name: said.name, email: said.email }
  keep('customer', customer)
  isCustomer(customer)
  shopping('purchase', goods(), items, { transaction_id: taken.order_id, shipping: postage(said.shipping) / 100 })
  keep('order', { order_id: taken.order_id, cents: taken.cents })
  empty()
  location.assign('/thanks')
}

find('[data-empty]').hidden = items.length > 0
form.hidden = items.length === 0
const known = recall('customer')
if (known) for (const name of ['name', 'email']) form.elements[name].value = known[name]
display()
if (items.length) shopping('begin_checkout', goods(), items)

form.addEventListener('change', ({ target }) => {
  display()
  if (target.name === 'shipping') shopping('add_shipping_info', goods(), items, { shipping_tier: target.value })
  if (target.name === 'payment') shopping('add_payment_info', goods(), items, { payment_type: target.value })
})
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  form.querySelector('button').disabled = true
  try {
    await order()
  } catch (error) {
    find('[data-failed]').textContent = error.message
    form.querySelector('button').disabled = false
  }
})
