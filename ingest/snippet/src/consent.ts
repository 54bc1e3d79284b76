// What may be done here and now: the mode that the shop chose, what the visitor said, and the browser's privacy signals.
// What follows from a change is done in api.ts.

import { forget, store, stored } from "./device.js";
import { empty, filled, parsed, plainObject, type PlainObject } from "./plain.js";
import { CONSENT, SIGNAL, SILENT } from "./settings.js";

export const enum Permission {
  /** Nothing. */
  NONE,
  /** Held until the visitor decides. */
  WAITING,
  /** Sent, nothing kept. */
  MEMORY,
  /** All. */
  STORED,
}

export const NAME = "footfall.consent";

let preferences: PlainObject = empty();

export function readConsent(): void {
  preferences = plainObject(parsed(stored(NAME)));
}

export function permission(): Permission {
  const said = preferences["analytics"];
  if (SILENT || said === false) return Permission.NONE;
  if (said || CONSENT === "granted") return Permission.STORED;
  return CONSENT === "memory" ? Permission.MEMORY : Permission.WAITING;
}

/** Take what the visitor says; return the purposes that are newly given and newly withdrawn. */
export function changeConsent(said: PlainObject): [given: string[], withdrawn: string[]] {
  const before = preferences;
  preferences = Object.assign(empty(), before);
  const changed: [string[], string[]] = [[], []];
  for (const purpose of Object.keys(said)) {
    const now = said[purpose] === true;
    if (before[purpose] !== now) changed[now ? 0 : 1].push(purpose);
    preferences[purpose] = now;
  }
  return changed;
}

/** Remember it. Where consent is required anyway, a refusal leaves no trace. */
export function rememberConsent(): void {
  if (permission() > Permission.MEMORY || CONSENT !== "required") store(NAME, JSON.stringify(preferences));
  else forget(NAME);
}

/** What an event says of it; undefined where there is nothing to say. */
export function consentContext(): PlainObject | undefined {
  const result = empty();
  if (filled(preferences)) result["categoryPreferences"] = preferences;
  if (SIGNAL) result["gpc"] = true;
  return filled(result);
}
