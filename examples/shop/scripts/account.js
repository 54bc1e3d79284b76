// From an anonymous visitor to a customer, and back.

import { find } from './page.js'
import { send } from './server.js'
import { keep, recall } from './stored.js'
import { isCustomer, left, loggedIn } from './telling.js'

const form = find('[data-login]')

function display() {
  const customer = recall('customer')
  form.hidden = Boolean(customer)
  find('[data-inside]').hidden = !customer
  find('[data-account]').textContent = customer?.name ?? 'Log in'
  find('[data-name]').textContent = customer?.name ?? ''
  find('[data-number]').textContent = customer?.customer_id ?? ''
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const said = { name: form.elements.name.value, email: form.elements.email.value }
  try {
    const customer = { ...said, ...(await send('/login', said)) }
    keep('customer', customer)
    isCustomer(customer)
    loggedIn()
    display()
  } catch (error) {
    find('[data-failed]').textContent = error.message
  }
})
find('[data-logout]').addEventListener('click', () => {
  keep('customer', null)
  left()
  display()
})
display()
