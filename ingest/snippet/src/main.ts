// The snippet: begins once, however often it is included, and never throws into the page.

import { followConsent, footfall, keep } from "./api.js";
import { Permission, permission } from "./consent.js";
import { watchLayer } from "./data_layer.js";
import { watchForms } from "./forms.js";
import { guarded, on } from "./guarded.js";
import { watchLinks } from "./links.js";
import { watchPages } from "./pages.js";
import { flush } from "./queue.js";
import { automatic, KEY } from "./settings.js";

const page = window as unknown as { footfall?: unknown };

const start = guarded(() => {
  const before = page.footfall;
  if (before && (before as typeof footfall)["version"]) return;
  const early = Array.isArray(before) ? before : [];
  page.footfall = footfall;
  if (permission() > Permission.MEMORY) keep();
  const isConsent = (call: unknown[]): boolean => call[0] === "consent";
  footfall.push(...early.filter(isConsent));
  watchPages();
  footfall.push(...early.filter((call: unknown[]) => !isConsent(call)));
  early.push = footfall.push as typeof early.push;
  on(window, "online", () => flush());
  on(window, "storage", followConsent);
  setTimeout(
    guarded(() => {
      if (automatic("links")) watchLinks();
      if (automatic("forms")) watchForms();
      if (automatic("data-layer")) watchLayer();
    }),
  );
});

if (KEY) {
  if ((document as Document & { prerendering?: boolean }).prerendering) on(document, "prerenderingchange", start);
  else start();
}
