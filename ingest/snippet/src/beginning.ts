// The beginning in steps, each a task of its own, so that no task is long while the page loads. A page that is left before
// the last step does the rest at once.

import { attempt } from "./guarded.js";

let steps: (() => void)[] = [];

export function begin(...all: (() => void)[]): void {
  steps = all;
  next();
}

export function hasBegun(): boolean {
  return !steps.length;
}

/** Do now what is left to do. */
export function hurry(): void {
  while (steps.length) step();
}

function next(): void {
  setTimeout(() => {
    step();
    if (steps.length) next();
  });
}

function step(): void {
  attempt(steps.shift() as () => void);
}
