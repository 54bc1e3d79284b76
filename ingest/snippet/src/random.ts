// Ids that nobody has used before, and times that no two events of a page share.

let last = 0;
let count = 0;

/** 32 hexadecimal digits. `crypto.randomUUID` is for secure pages only; this is for all. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join("");
}

/** Milliseconds that grow with each event, so that their order stays. A clock that is set back is followed. */
export function moment(): number {
  const now = Date.now();
  last = now > last || last - now > 1000 ? now : last + 1;
  return last;
}

/** A message id that sorts by when it was made. */
export function messageId(): string {
  return Date.now().toString(36) + "-" + (1e5 + count++) + "-" + randomId();
}
