// `window.footfall`: what a shop calls. The names and arguments are those of Segment's library.

import { changeConsent, NAME, Permission, permission, rememberConsent } from "./consent.js";
import { hasBegun, hurry } from "./beginning.js";
import { guarded } from "./guarded.js";
import { becomeUser, eraseIdentity, ids, keepIdentity, renewIdentity } from "./identity.js";
import { allowed, here, record, release, say, track, VERSION, withhold } from "./messages.js";
import { isObject, isText, parsed, plain, plainObject, type PlainObject } from "./plain.js";
import { eraseQueue, keepQueue } from "./queue.js";
import { moment } from "./random.js";
import { SILENT } from "./settings.js";

type Call = (...args: unknown[]) => unknown;

const METHODS: Record<string, Call> = {
  track: (event, properties, options) => track(event as string, plainObject(properties), options),
  page,
  identify,
  group: (groupId, traits, options) => say("group", { groupId: plain(groupId), traits: plainObject(traits) }, options),
  /** alias(userId, previousId): the previous id is by default who the visitor is now. */
  alias: (userId, previousId, options) => {
    const { anonymousId, userId: known } = ids();
    say("alias", { userId: plain(userId), previousId: plain(previousId) ?? known ?? anonymousId }, options);
  },
  reset: () => allowed(renewIdentity),
  consent: (said) => change(plainObject(said), true),
};

let calls: unknown[][] = [];

export const footfall: Record<string, unknown> & { push: Call } = {
  version: VERSION,
  anonymousId: guarded(() => {
    hurry();
    return ids().anonymousId;
  }),
  push: (...entries) => {
    calls.push(...(entries as unknown[][]));
    if (hasBegun()) answerCalls();
  },
};
for (const name of Object.keys(METHODS)) footfall[name] = (...args: unknown[]) => footfall.push([name, ...args]);

/** Do what was called, in order. */
export function answerCalls(): void {
  const now = calls;
  calls = [];
  now.forEach(guarded(([name, ...args]: unknown[]) => METHODS[name as string]?.(...args)));
}

/** Begin to keep ids and events on the device. */
export function keep(): void {
  const theirs = keepIdentity();
  if (theirs) say("identify", theirs);
  keepQueue();
}

/** page(), page(name), page(category, name), each with properties and options behind. */
function page(...args: unknown[]): void {
  const texts: unknown[] = [];
  while (isText(args[0])) texts.unshift(args.shift());
  const [name, category] = texts;
  say("page", { name, category, properties: { ...here(), ...plainObject(args[0]) } }, args[1]);
}

/** identify(userId, traits), identify(traits). */
function identify(...args: unknown[]): void {
  const userId = isObject(plain(args[0])) ? "" : plain(args.shift());
  const become = (): void => {
    if (userId) becomeUser("" + userId);
  };
  say("identify", { traits: plainObject(args[0]) }, args[1], here(), moment(), become);
}

/** Do as the visitor said in another tab, which has told it already. A refusal may have left no trace. */
export function followConsent(event: Event): void {
  const { key, newValue } = event as StorageEvent;
  if (key === NAME) change(plainObject(parsed(newValue ?? '{"analytics":false}')));
}

/** What changes is an event; without `analytics` nothing else is. */
function change(said: PlainObject, told?: boolean): void {
  if (SILENT) return;
  const before = permission();
  const [given, withdrawn] = changeConsent(said);
  const after = permission();
  if (after > Permission.MEMORY) {
    if (before !== after) keep();
    release();
  } else if (!after) {
    withhold();
    eraseQueue();
  }
  const tell = (what: string, purposes: string[]): void => {
    const fields = { event: "Consent " + what, properties: { purposes } };
    if (told && purposes[0] && (after || before > Permission.WAITING)) (after ? say : record)("track", fields);
  };
  tell("Given", given);
  tell("Withdrawn", withdrawn);
  if (!after) eraseIdentity();
  rememberConsent();
}
