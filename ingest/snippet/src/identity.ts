// Who somebody is: an anonymous id, and the user's where one said so. Kept in the browser where that is allowed, in
// local storage and (the anonymous id) in a cookie. Local storage is read before each event: another tab may have changed it.

import { cookie, forget, setCookie, store, stored } from "./device.js";
import { isObject, isText, parsed, plainObject, type Plain, type PlainObject } from "./plain.js";
import { randomId } from "./random.js";

const ID = "footfall.id";
const USER = "footfall.user";
const YEAR = 31536000;

let anonymous = "";
let user = "";
let keeps = false;

/** Begin to keep, or go on with what is kept. Returns what another library knew of a visitor who is new to us. */
export function keepIdentity(): { userId: string; traits: PlainObject } | undefined {
  keeps = true;
  const known = cookie() || stored(ID);
  anonymous = known || text(theirs("ajs_anonymous_id")) || anonymous || randomId();
  write();
  const userId = !known && text(theirs("ajs_user_id"));
  if (!userId) return undefined;
  become(userId);
  return { userId, traits: plainObject(theirs("ajs_user_traits")) };
}

export function ids(): { anonymousId: string; userId: string | undefined } {
  if (keeps) follow();
  anonymous ||= randomId();
  return { anonymousId: anonymous, userId: user || undefined };
}

/** Another user at the same browser is another visitor. */
export function becomeUser(userId: string): void {
  ids();
  if (user && user !== userId) renewIdentity();
  become(userId);
}

/** Begin anew as somebody else. */
export function renewIdentity(): void {
  anonymous = randomId();
  user = "";
  if (keeps) {
    write();
    forget(USER);
  }
}

/** Keep nothing any more. */
export function eraseIdentity(): void {
  keeps = false;
  renewIdentity();
  setCookie("", 0);
  forget(ID);
  forget(USER);
}

function become(userId: string): void {
  user = userId;
  if (keeps) store(USER, JSON.stringify({ id: userId, of: anonymous }));
}

function write(): void {
  store(ID, anonymous);
  setCookie(anonymous, YEAR);
}

/** Read what another tab made of it. A user belongs to one anonymous id. */
function follow(): void {
  const known = stored(ID);
  if (!known) return;
  const { id, of } = plainObject(parsed(stored(USER)));
  if (of === known) user = text(id);
  else if (of || known !== anonymous) user = "";
  anonymous = known;
}

/** What analytics.js keeps, quoted as JSON or not. */
function theirs(name: string): Plain | undefined {
  const said = stored(name) ?? cookie(name);
  const value = parsed(said);
  return isText(value) || isObject(value) || value === null ? value : said;
}

function text(value: Plain | undefined): string {
  return isText(value) ? value : "";
}
