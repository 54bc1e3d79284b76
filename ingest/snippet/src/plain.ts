// A copy of what a page says, that is safe to keep: what JSON can hold, without getters, cycles, prototypes.
// A page's data is never read but through this copy.

import { attempt } from "./guarded.js";

export type Plain = string | number | boolean | null | Plain[] | PlainObject;
export interface PlainObject {
  [name: string]: Plain | undefined;
}

const DEEPEST = 20;
const MOST_VALUES = 5000;

export function plain(value: unknown): Plain | undefined {
  let left = MOST_VALUES;

  const copied = (said: unknown, above: unknown[]): Plain | undefined => {
    if (left-- < 0 || above.includes(said) || above.length > DEEPEST) return undefined;
    if (said === null || /^(st|nu|bo)/.test(typeof said)) return said as Plain;
    const within = [...above, said];
    const inside = (each: unknown): Plain | undefined => attempt(() => copied(each, within));
    if (Array.isArray(said)) return Array.from(said.slice(0, left + 1), (each) => inside(each) ?? null);
    const kind = {}.toString.call(said);
    if (/Date/.test(kind)) return (said as Date).toISOString();
    if (!/Obj|Arg/.test(kind)) return undefined;
    const result = empty();
    for (const name of Object.keys(said as object)) {
      const copy = attempt(() => inside((said as PlainObject)[name]));
      if (copy !== undefined && name !== "__proto__") result[name] = copy;
    }
    return result;
  };

  return attempt(() => copied(value, []));
}

/** An object that inherits nothing, so that a polluted `Object.prototype` says nothing in its name. */
export function empty(): PlainObject {
  return Object.create(null) as PlainObject;
}

export function plainObject(value: unknown): PlainObject {
  const copy = plain(value);
  return isObject(copy) ? copy : empty();
}

export function isObject(value: Plain | undefined): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** The object, where there is something in it. */
export function filled(object: PlainObject): PlainObject | undefined {
  return Object.keys(object).length ? object : undefined;
}

/** What a text says in JSON; undefined where it says nothing. */
export function parsed(text: string | undefined): Plain | undefined {
  return attempt(() => plain(JSON.parse(text as string)));
}
