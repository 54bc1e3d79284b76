// One product, and the way into the cart.

import { add } from './basket.js'
import { price, product, show } from './catalogue.js'
import { count, find } from './page.js'
import { item, shopping } from './telling.js'

const seen = product(location.pathname.split('/').pop())

show(find('[data-product] svg'), seen)
for (const field of document.querySelectorAll('[data-field]')) {
  const name = field.dataset.field
  field.textContent = name === 'price' ? price(seen.cents) : seen[name]
}
shopping('view_item', seen.cents, [item(seen)])

find('[data-add]').addEventListener('submit', (event) => {
  event.preventDefault()
  const quantity = find('#quantity').valueAsNumber
  add(seen.id, quantity)
  shopping('add_to_cart', seen.cents * quantity, [item(seen, quantity)])
  count()
  const link = Object.assign(document.createElement('a'), { href: '/cart', textContent: 'See the cart' })
  find('[data-added]').replaceChildren('It is in your cart. ', link)
})
