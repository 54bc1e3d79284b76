// What every page has: the cart's count, who is logged in, the question about privacy, the newsletter.

import { pieces } from './basket.js'
import { keep, recall } from './stored.js'
import { allowed } from './telling.js'

export const find = (selector) => document.querySelector(selector)

export function count() {
  find('[data-cart-count]').textContent = pieces()
}

function ask() {
  const banner = find('[data-consent-banner]')
  banner.hidden = recall('allowed') !== null
  banner.addEventListener('click', ({ target }) => {
    if (!target.dataset.choice) return
    keep('allowed', target.dataset.choice === 'yes')
    allowed(recall('allowed'))
    banner.hidden = true
  })
  find('[data-consent-again]').addEventListener('click', () => {
    banner.hidden = false
    banner.querySelector('button').focus()
  })
}

// The snippet hears of the form by itself (data-footfall); the shop would send the letter.
function subscribe() {
  const form = find('[data-newsletter]')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    form.querySelector('[role=status]').textContent = 'Thank you. The first letter comes next month.'
    setTimeout(() => form.reset())
  })
}

const customer = recall('customer')
if (customer) find('[data-account]').textContent = customer.name
count()
ask()
subscribe()
