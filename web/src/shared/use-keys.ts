import { useEffect, useRef, useSyncExternalStore } from "react";

const storageKey = "fairlead.keys";
const listeners = new Set<() => void>();

/** Whether keys without a modifier act on the page. Who dictates or uses switch control can turn them off (WCAG 2.1.4). */
function keysOn(): boolean {
  try {
    return localStorage.getItem(storageKey) !== "off";
  } catch {
    return true;
  }
}

export function useKeysSetting(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, keysOn);
  return [
    on,
    (next) => {
      try {
        if (next) localStorage.removeItem(storageKey);
        else localStorage.setItem(storageKey, "off");
      } catch {
        // Then they stay as they are.
      }
      for (const listener of listeners) listener();
    },
  ];
}

/** Acts on keys while the part that uses it is on the page: not while somebody types, and not behind a dialog or menu. */
export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const act = latest.current[event.key];
      if (!act || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key.length === 1 && !keysOn()) return;
      const target = event.target;
      if (target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], [role=menu]")) return;
      if (document.querySelector("[role=dialog][aria-modal=true]")) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
    };
  }, []);
}
