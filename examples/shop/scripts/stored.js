// What this browser keeps for the shop itself: the cart, who is logged in, the answer about privacy, the last order.
// Storage that is switched off or full costs the memory, never the page.

const PREFIX = 'shop.'

export function recall(name, otherwise = null) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? otherwise
  } catch {
    return otherwise
  }
}

export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, JSON.stringify(value))
  } catch {
    // The page goes on without.
  }
}
