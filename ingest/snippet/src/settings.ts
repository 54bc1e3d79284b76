// What the script's attributes say (docs/snippet.md), and what the browser asks for. Nothing is decided here.

import { attempt } from "./guarded.js";

const script = document.currentScript as HTMLScriptElement | null;

function said(name: string): string {
  return script?.dataset[name] ?? "";
}

/** The write key. Without one nothing begins. */
export const KEY = said("key");

/** Where events go: beside the script, or at the host that the page names. */
export const ADDRESS = attempt(() => new URL("v1/batch", said("host") || script?.src).href) ?? "";

/** `granted`, `required` or `memory`; what else is said counts as `required`, the careful one. */
export const CONSENT = said("consent") || "granted";

export const LAYER = said("layer") || "dataLayer";

/** Of the cookie: that of the page where none is said. */
export const DOMAIN = said("domain");

const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: boolean };

/** Whether the browser asks not to be tracked. */
export const SIGNAL = globalPrivacyControl || doNotTrack === "1";

/** Whether that ends everything. */
export const SILENT = SIGNAL && said("privacySignals") !== "ignore";

/** Whether this is recorded without a call. */
export function automatic(what: "pages" | "leaving" | "links" | "forms" | "data-layer"): boolean {
  const auto = said("auto");
  return !auto || auto.includes(what);
}
