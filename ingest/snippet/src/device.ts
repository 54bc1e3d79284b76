// What is kept in the visitor's browser: local storage under names that begin with `footfall.`, and one first-party cookie.
// All of it may be forbidden, full or gone: then nothing is kept, and nobody is told.

import { attempt } from "./guarded.js";
import { DOMAIN } from "./settings.js";

const COOKIE = "footfall_id";

export function stored(name: string): string | undefined {
  return attempt(() => localStorage.getItem(name) ?? undefined);
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

export function store(name: string, value: string): void {
  attempt(() => localStorage.setItem(name, value));
}

export function forget(name: string): void {
  attempt(() => localStorage.removeItem(name));
}

/** The names that begin like this, in order. */
export function names(start: string): string[] {
  return (attempt(() => Object.keys(localStorage)) ?? []).filter((name) => name.startsWith(start)).sort();
}
