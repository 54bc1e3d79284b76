// What is kept in the visitor's browser: local storage under one prefix, and one first-party cookie.
// All of it may be forbidden, full or gone: then nothing is kept, and nobody is told.

import { attempt } from "./guarded.js";
import { DOMAIN } from "./settings.js";

const PREFIX = "footfall.";
const COOKIE = "footfall_id";

/** What is kept under a whole name, also another library's: in local storage, else in a cookie. */
export function found(name: string): string | undefined {
  return attempt(() => localStorage.getItem(name) ?? undefined) ?? cookie(name);
}

export function cookie(name = COOKIE): string | undefined {
  return attempt(() => {
    const [, value] = ("; " + document.cookie).split(`; ${name}=`);
    return value && decodeURIComponent(value.replace(/;.*/, ""));
  });
}

export function setCookie(value: string, seconds: number): void {
  const where = (DOMAIN && "; domain=" + DOMAIN) + (location.protocol === "https:" ? "; secure" : "");
  attempt(() => (document.cookie = `${COOKIE}=${value}; path=/; max-age=${seconds}; samesite=lax` + where));
}

export function stored(name: string): string | undefined {
  return found(PREFIX + name);
}

export function store(name: string, value: string): void {
  attempt(() => localStorage.setItem(PREFIX + name, value));
}

export function forget(name: string): void {
  attempt(() => localStorage.removeItem(PREFIX + name));
}

/** The names that begin like this, in order. */
export function names(start: string): string[] {
  const all = attempt(() => Object.keys(localStorage)) ?? [];
  return all.flatMap((name) => (name.startsWith(PREFIX + start) ? name.slice(PREFIX.length) : [])).sort();
}
