// The cart: product ids and pieces, and what they cost. Knows no page and tells nobody.

import { product } from './catalogue.js'
import { keep, recall } from './stored.js'

const FREE_SHIPPING_FROM = 5000
const POSTAGE = 490

export const lines = () =>
  recall('cart', [])
    .map(({ id, quantity }) => ({ product: product(id), quantity }))
    .filter((line) => line.product)

export const pieces = () => lines().reduce((sum, line) => sum + line.quantity, 0)

export const goods = () => lines().reduce((sum, line) => sum + line.product.cents * line.quantity, 0)

export const postage = (shipping = 'post') => (shipping === 'post' && goods() < FREE_SHIPPING_FROM ? POSTAGE : 0)

export function add(id, quantity) {
  const cart = recall('cart', [])
  const there = cart.find((line) => line.id === id)
  if (there) there.quantity += quantity
  else cart.push({ id, quantity })
  keep('cart', cart)
}

export const remove = (id) => keep('cart', recall('cart', []).filter((line) => line.id !== id))

export const empty = () => keep('cart', null)
