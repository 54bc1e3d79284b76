// After the order: its number, and a question.

import { price } from './catalogue.js'
import { find } from './page.js'
import { recall } from './stored.js'
import { scored } from './telling.js'

const order = recall('order')
if (order) {
  find('[data-order]').textContent = order.order_id
  find('[data-total]').textContent = price(order.cents)
}

const form = find('[data-feedback]')
for (const score of [1, 2, 3, 4, 5]) {
  const button = document.createElement('button')
  Object.assign(button, { type: 'button', value: score, textContent: '★'.repeat(score), className: 'quiet' })
  button.setAttribute('aria-label', `${score} of 5`)
  find('[data-scores]').append(button)
}
form.addEventListener('click', ({ target }) => {
  if (!target.value) return
  scored(Number(target.value), order?.order_id)
  find('[data-scores]').closest('fieldset').disabled = true
  form.querySelector('[role=status]').textContent = 'Thank you for telling us.'
})
