// Which pages are looked at, for how long, and how far down: also in single page applications, and in pages that come
// back from the browser's cache.

import { guarded, on } from "./guarded.js";
import { cameFrom, here, say, track, type Page } from "./messages.js";
import { flush } from "./queue.js";
import { moment } from "./random.js";
import { automatic } from "./settings.js";

/** Routers set the title after the address. */
const TITLE = 100;

let view: Page;
/** Since when the view is seen; 0 while it is not. */
let since = 0;
let lowest = 0;
/** When a view began that is not recorded yet; else 0. The first began with the script, before what is called early. */
let announced = moment();
let timer = 0;

export function watchPages(): void {
  begin();
  announce();
  if (document.title) settle();
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    const moved = guarded(() => navigated(name === "replaceState"));
    history[name] = function (this: History, ...args: Parameters<History["pushState"]>) {
      original.apply(this, args);
      moved();
    };
  }
  on(window, "popstate", navigated);
  on(window, "hashchange", navigated);
  on(window, "pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) {
      begin();
      announce();
    }
  });
  on(window, "scroll", scrolled);
  on(document, "visibilitychange", () => (document.hidden ? left() : (since ||= performance.now())));
}

function begin(): void {
  view = here();
  since = document.hidden ? 0 : performance.now();
  lowest = 0;
}

function scrolled(): void {
  lowest = Math.max(lowest, scrollY + innerHeight);
}

/** An anchor within a page is no page; a route behind `#/` or `#!` is one. */
function route(url: string): string {
  return url.replace(/#(?![/!]).*/, "");
}

function navigated(replaced: unknown): void {
  if (route(location.href) === route(view.url)) return;
  if (replaced !== true) settle();
  if (!announced) {
    stayed();
    cameFrom(view.url);
  }
  begin();
  announce();
}

/** Soon record the view; a redirect before that stands in its place. */
function announce(): void {
  announced ||= moment();
  clearTimeout(timer);
  timer = setTimeout(guarded(settle), TITLE);
}

/** Record the view that was announced, by now with its title. */
function settle(): void {
  if (!announced) return;
  view.title = document.title;
  if (automatic("pages")) say("page", { properties: view }, 0, view, announced);
  announced = 0;
}

export function left(): void {
  settle();
  stayed();
  since = 0;
  flush(true);
}

/** Record how long the view was seen since that was last recorded. */
function stayed(): void {
  const now = performance.now();
  const seconds = Math.round((now - since) / 1e3);
  if (!since || !seconds || !automatic("leaving")) return;
  since = now;
  scrolled();
  const scroll_percent = Math.min(100, Math.round((100 * lowest) / document.documentElement.scrollHeight));
  track("Page Left", { ...view, seconds, scroll_percent }, 0, view);
}
