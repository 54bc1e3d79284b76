// What is in the cart.

import { goods, lines, postage, remove } from './basket.js'
import { price } from './catalogue.js'
import { count, find } from './page.js'
import { item, shopping } from './telling.js'

function row({ product, quantity }) {
  const one = find('#line').content.cloneNode(true)
  Object.assign(one.querySelector('a'), { href: `/p/${product.id}`, textContent: product.name })
  one.querySelector('.pieces').textContent = quantity
  one.querySelector('.price').textContent = price(product.cents * quantity)
  const button = one.querySelector('button')
  button.setAttribute('aria-label', `Remove ${product.name}`)
  button.addEventListener('click', () => {
    remove(product.id)
    shopping('remove_from_cart', product.cents * quantity, [item(product, quantity)])
    display()
    find('main').focus() // the button that had it is gone
  })
  return one
}

function display() {
  const cart = lines()
  find('[data-empty]').hidden = cart.length > 0
  find('[data-full]').hidden = cart.length === 0
  find('[data-lines]').replaceChildren(...cart.map(row))
  find('[data-shipping]').textContent = postage() ? price(postage()) : 'free'
  find('[data-total]').textContent = price(goods() + postage())
  count()
}

display()
if (lines().length) {
  shopping('view_cart', goods(), lines().map(({ product, quantity }) => item(product, quantity)))
}
