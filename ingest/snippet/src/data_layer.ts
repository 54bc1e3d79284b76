// The data layer of Google's tags: what was pushed before, and what is pushed from now on.

import { EVENTS, fromGa4 } from "./ga4.js";
import { guarded } from "./guarded.js";
import { say, track } from "./messages.js";
import { empty, isText, plainObject, type PlainObject } from "./plain.js";
import { automatic, LAYER } from "./settings.js";

let ecommerce: PlainObject = empty();

export function watchLayer(): void {
  const layer = ((window as unknown as Record<string, unknown>)[LAYER] ??= []);
  if (!Array.isArray(layer)) return;
  const take = guarded(pushed);
  const original = layer.push;
  layer.slice().forEach((entry) => take(entry));
  layer.push = function (this: unknown[], ...entries: unknown[]): number {
    const length = original.apply(this, entries);
    entries.forEach((entry) => take(entry));
    return length;
  };
}

/** Take `gtag("event", name, params)`, whatever its name, and `dataLayer.push({event, ecommerce})` of a shop's events. */
function pushed(entry: unknown): void {
  const { 0: command, 1: second, 2: params, event, ecommerce: said, ...beside } = plainObject(entry);
  if (said !== undefined) ecommerce = plainObject(said);
  const name = command === "event" ? second : event;
  if (!isText(name)) return;
  const isView = name === "page_view" && !automatic("pages");
  // a write key may not report a refund
  if (!EVENTS[name] && !isView && (event || /^(page_view|refund)$/.test(name))) return;
  const taken = event ? { ...beside, ...ecommerce } : plainObject(params);
  for (const { event, properties, context } of fromGa4(name, taken)) {
    if (isView) say("page", { properties }, { context });
    else track(event, properties, { context });
  }
}
