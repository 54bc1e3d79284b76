// Messages as the server takes them (docs/wire-formats.md): an id and a time made once, who, and where.

import { consentContext, Permission, permission } from "./consent.js";
import { ids } from "./identity.js";
import { empty, filled, isObject, plainObject, type PlainObject } from "./plain.js";
import { add } from "./queue.js";
import { messageId, moment } from "./random.js";

declare const __VERSION__: string;
/** That of package.json; the build puts it in. */
export const VERSION = __VERSION__;
const MOST_HELD = 500;

export interface Page {
  path: string;
  referrer: string;
  search: string;
  title: string;
  url: string;
}

let held: (() => void)[] = [];
let previous = "";

/** The page as it is. In a single page application the page before is the referrer. */
export function here(): Page {
  const { href, pathname, search } = location;
  return { path: pathname, referrer: previous || document.referrer, search, title: document.title, url: href };
}

export function cameFrom(url: string): void {
  previous = url;
}

/** Do what the visitor has to allow: now, or once they agree, or never. */
export function allowed(action: () => void): void {
  const may = permission();
  if (may > Permission.WAITING) action();
  else if (may && held.length < MOST_HELD) held.push(action);
}

/** Do what was held. */
export function release(): void {
  held.forEach((action) => action());
  withhold();
}

/** Forget what was held. */
export function withhold(): void {
  held = [];
}

/** Record something, where the visitor allows it, as of now. Of Segment's options, `context` is taken. */
export function say(
  type: string,
  fields: object,
  options?: unknown,
  page = here(),
  at = moment(),
  first?: () => void,
): void {
  allowed(() => {
    first?.();
    record(type, fields, options, page, at);
  });
}

export function track(event: string, properties: object, options?: unknown, page?: Page): void {
  say("track", { event, properties }, options, page);
}

/** Record something as who the visitor is by now. */
export function record(type: string, fields: object, options?: unknown, page = here(), at = moment()): void {
  const { context } = plainObject(options);
  const id = messageId();
  const text = JSON.stringify({
    type,
    messageId: id,
    timestamp: new Date(at),
    ...ids(),
    ...fields,
    context: {
      library: { name: "footfall.js", version: VERSION },
      page,
      campaign: campaign(page.search),
      userAgent: navigator.userAgent,
      locale: navigator.language,
      consent: consentContext(),
      ...(isObject(context) && context),
    },
  });
  add(id, text);
}

function campaign(search: string): PlainObject | undefined {
  const found = empty();
  new URLSearchParams(search).forEach((value, name) => {
    const [, part] = name.split("utm_");
    if (part) found[part === "campaign" ? "name" : part] = value;
  });
  return filled(found);
}
