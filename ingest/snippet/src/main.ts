// The snippet: begins once, however often it is included, and never throws into the page.

import { answerCalls, followConsent, footfall, keep } from "./api.js";
import { begin, hurry } from "./beginning.js";
import { Permission, permission, readConsent } from "./consent.js";
import { watchLayer } from "./data_layer.js";
import { watchForms } from "./forms.js";
import { attempt, guarded, on } from "./guarded.js";
import { watchLinks } from "./links.js";
import { left, watchPages } from "./pages.js";
import { flush } from "./queue.js";
import { automatic, KEY } from "./settings.js";

const page = window as unknown as { footfall?: unknown };

const start = guarded(() => {
  const before = page.footfall;
  if (attempt(() => (before as typeof footfall)["version"])) return;
  page.footfall = footfall;
  begin(
    () => {
      readConsent();
      if (permission() > Permission.MEMORY) keep();
    },
    () => {
      answerCalls();
      watchPages();
    },
    () => {
      on(window, "online", () => flush());
      on(window, "storage", followConsent);
      answerCalls();
      if (automatic("links")) watchLinks();
      if (automatic("forms")) watchForms();
      if (automatic("data-layer")) watchLayer();
    },
  );
  on(window, "pagehide", () => {
    hurry();
    left();
  });
  if (Array.isArray(before)) {
    footfall.push(...(before as unknown[]));
    before.push = footfall.push as typeof before.push;
  }
});

if (KEY) {
  if ((document as Document & { prerendering?: boolean }).prerendering) on(document, "prerenderingchange", start);
  else start();
}
