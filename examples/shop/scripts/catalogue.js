// What the shop sells, and how a price is written. Knows no page.

export const products = await (await fetch('/catalogue.json')).json()

export const product = (id) => products.find((each) => each.id === id)

export const categories = [...new Set(products.map((each) => each.category))]

export const price = (cents) =>
  new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' }).format(cents / 100)

export function show(picture, { picture: name, tone }) {
  picture.classList.add(tone)
  picture.querySelector('use').setAttribute('href', `/pictures.svg#${name}`)
}
