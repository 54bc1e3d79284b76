// Forms that the shop marked: `data-footfall="lead"` or `data-footfall="newsletter"`. No other form is looked at.

import { on } from "./guarded.js";
import { track } from "./messages.js";

export function watchForms(): void {
  on(document, "submit", (event) => {
    const form = event.composedPath()[0] as HTMLFormElement;
    const { footfall: kind, footfallList: list, footfallForm: name, footfallSource: source } = form.dataset;
    const field = (type: string, called: string): string | undefined =>
      form.querySelector<HTMLInputElement>(`[type=${type}],[name=${called}]`)?.value.trim() || undefined;
    const email = field("email", "email");
    if (kind === "newsletter") track("Newsletter Subscribed", { email, list, method: "form" });
    if (kind === "lead") track("Lead Captured", { form: name, email, phone: field("tel", "phone"), source });
  });
}
