// The catalogue: filter, search, cards.

import { categories, price, products, show } from './catalogue.js'
import { find } from './page.js'
import { item, listed, searched, shopping } from './telling.js'

const list = find('[data-products]')

function card(product) {
  const one = find('#card').content.cloneNode(true)
  const link = one.querySelector('a')
  link.href = `/p/${product.id}`
  link.addEventListener('click', () => shopping('select_item', product.cents, [item(product)]))
  show(one.querySelector('svg'), product)
  one.querySelector('.product').textContent = product.name
  one.querySelector('.price').textContent = price(product.cents)
  return one
}

function display(name, found) {
  list.replaceChildren(...found.map(card))
  find('[data-found]').textContent = found.length ? '' : 'We have nothing of that name.'
  if (found.length) listed(name, found)
}

function choice(category, checked) {
  const label = document.createElement('label')
  const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'category', value: category })
  radio.checked = checked
  label.append(radio, category)
  return label
}

const ofCategory = (name) => products.filter((each) => name === 'all' || each.category === name)

find('[data-categories]').append(choice('all', true), ...categories.map((name) => choice(name, false)))
find('[data-search]').addEventListener('change', ({ target }) => {
  if (target.name === 'category') display(target.value, ofCategory(target.value))
})
find('[data-search]').addEventListener('submit', (event) => {
  event.preventDefault()
  const words = find('#query').value.trim().toLowerCase()
  if (!words) return
  searched(words)
  display('search', products.filter((each) => `${each.name} ${each.category} ${each.text}`.toLowerCase().includes(words)))
})
display('all', products)
