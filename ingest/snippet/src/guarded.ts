// Nothing that goes wrong in here may reach the page: every way in from outside is made by these functions.

/** Do something of which nobody needs to know whether it can be done. */
export function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

export function guarded<A extends unknown[], R>(action: (...args: A) => R): (...args: A) => R | undefined {
  return (...args) => attempt(() => action(...args));
}

/** Listen for as long as the page lives. Capturing, so that a page which stops the event does not hide it. */
export function on(target: EventTarget, type: string, action: (event: Event) => void): void {
  target.addEventListener(type, guarded(action), true);
}
