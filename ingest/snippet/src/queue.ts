// Events on their way: kept until the server has them, in order, bounded; each under a name of its own in local storage,
// so that two tabs never write over each other. What a page could not send, the next page sends. An event that was
// sent twice is a duplicate to the server, which keeps one.

import { forget, names, store, stored } from "./device.js";
import { attempt } from "./guarded.js";
import { ADDRESS, KEY } from "./settings.js";

const MOST_BYTES = 1e6;
/** Of one request: browsers let a page that is left send up to 64 KB. */
const BODY_BYTES = 55e3;
/** The server takes no larger event. */
const EVENT_BYTES = 32e3;
const GATHERING = 200;
const PATIENCE = 20e3;
const LONGEST_PAUSE = 300;
const PREFIX = `footfall.q.${KEY}.`;

interface Waiting {
  name: string;
  text: string;
  bytes: number;
  under?: boolean;
}

let queue: Waiting[] = [];
let older: string[] = [];
let keeps = false;
let failures = 0;
let timer = 0;

/** From now on keep what waits; soon send what earlier pages kept. */
export function keepQueue(): void {
  keeps = true;
  older = names(PREFIX);
  queue.forEach(keep);
  soon(GATHERING);
}

function adopt(): void {
  const adopted = older.map((name) => waiting(name, stored(name) ?? ""));
  older = [];
  queue = [...adopted.filter(({ text }) => attempt(() => JSON.parse(text) as unknown)), ...queue];
  bound();
}

/** Forget what waits, here and on the device. */
export function eraseQueue(): void {
  names(PREFIX).forEach(forget);
  queue = older = [];
  keeps = false;
}

export function add(id: string, text: string): void {
  const event = waiting(PREFIX + id, text);
  if (event.bytes > EVENT_BYTES) return;
  queue.push(event);
  if (keeps) keep(event);
  bound();
  if (!failures) soon(GATHERING);
}

/** Send what waits, now. `leaving`: the page may end at any moment. */
export function flush(leaving?: boolean): void {
  const chunk: Waiting[] = [];
  let bytes = 0;
  if (older.length && !leaving) adopt();
  for (const each of queue) {
    if (each.under && !leaving) return;
    bytes += each.bytes;
    if (bytes > BODY_BYTES) break;
    if (!each.under) chunk.push(each);
  }
  if (chunk.length) void send(chunk, leaving);
}

async function send(chunk: Waiting[], leaving?: boolean): Promise<void> {
  const batch = chunk.map((each) => each.text).join();
  const body = `{"writeKey":${JSON.stringify(KEY)},"sentAt":"${new Date().toISOString()}","batch":[${batch}]}`;
  let status = 0;
  let pause = 0;
  chunk.forEach((each) => (each.under = true));
  try {
    if (leaving && !("keepalive" in Request.prototype)) navigator.sendBeacon(ADDRESS, body);
    else {
      const answer = await fetch(ADDRESS, {
        method: "POST",
        body,
        keepalive: true,
        credentials: "omit",
        signal: AbortSignal.timeout?.(PATIENCE) as AbortSignal | null,
      });
      status = answer.status;
      pause = Number(answer.headers.get("retry-after"));
    }
  } catch {
    // no network, no answer, or a policy of the page
  }
  chunk.forEach((each) => (each.under = false));
  if (/^(0|408|429|5..)$/.test(status as unknown as string)) {
    failures++;
    soon(1e3 * (pause || Math.min(LONGEST_PAUSE, 2 ** failures) * (0.5 + Math.random() / 2)));
  } else {
    // what is refused for good is gone: the browser's console shows it
    failures = 0;
    queue = queue.filter((each) => !chunk.includes(each));
    chunk.forEach((each) => forget(each.name));
    soon(0);
  }
}

function soon(milliseconds: number): void {
  clearTimeout(timer);
  timer = setTimeout(flush, milliseconds);
}

/** Drop the oldest. */
function bound(): void {
  let bytes = queue.reduce((sum, each) => sum + each.bytes, 0);
  while (bytes > MOST_BYTES) {
    const { name, bytes: less } = queue.shift() as Waiting;
    bytes -= less;
    forget(name);
  }
}

function keep({ name, text }: Waiting): void {
  store(name, text);
}

function waiting(name: string, text: string): Waiting {
  return { name, text, bytes: new TextEncoder().encode(text).length };
}
