// Clicks on links that lead out of the shop, and on downloads.

import { on } from "./guarded.js";
import { track } from "./messages.js";

const DOWNLOAD = /\.(pdf|zip|gz|rar|7z|csv|txt|docx?|xlsx?|pptx?|epub|exe|dmg|apk|mp[34])$/i;

export function watchLinks(): void {
  on(document, "click", clicked);
  on(document, "auxclick", clicked);
}

function clicked(event: Event): void {
  const link = event.composedPath().find((each) => each instanceof HTMLAnchorElement) as HTMLAnchorElement | undefined;
  if (!link || (event as MouseEvent).button > 1 || !/^http/.test(link.protocol)) return;
  const download = link.hasAttribute("download") || DOWNLOAD.test(link.pathname);
  if (!download && link.host === location.host) return;
  const text = link.textContent?.trim().slice(0, 100);
  track(download ? "File Downloaded" : "Outgoing Link Clicked", { url: link.href, text });
}
