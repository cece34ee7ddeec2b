import { useCallback, useSyncExternalStore } from "react";

/** One clock for each interval, however many parts of the page look at it. */
const clocks = new Map<number, { now: number; listeners: Set<() => void>; timer: ReturnType<typeof setInterval> | null }>();

function clockOf(interval: number) {
  let clock = clocks.get(interval);
  if (!clock) {
    clock = { now: Date.now(), listeners: new Set(), timer: null };
    clocks.set(interval, clock);
  }
  // A clock that nobody looked at has stood still.
  if (!clock.timer && Date.now() - clock.now >= interval) clock.now = Date.now();
  return clock;
}

/** The time in milliseconds, renewed at each interval. Ages are worked out from it, so that they grow while nothing else changes. */
export function useNow(interval = 5000): number {
  const subscribe = useCallback(
    (listener: () => void) => {
      const clock = clockOf(interval);
      clock.listeners.add(listener);
      clock.timer ??= setInterval(() => {
        clock.now = Date.now();
        for (const l of clock.listeners) l();
      }, interval);
      return () => {
        clock.listeners.delete(listener);
        if (clock.listeners.size === 0 && clock.timer) {
          clearInterval(clock.timer);
          clock.timer = null;
        }
      };
    },
    [interval],
  );
  return useSyncExternalStore(subscribe, () => clockOf(interval).now);
}
