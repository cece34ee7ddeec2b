import { useSyncExternalStore } from "react";

/** What a person chose; `system` follows the system as it changes. public/theme.js applies the same rule before the first paint. */
export type Scheme = "system" | "light" | "dark";
export const schemes: readonly Scheme[] = ["system", "light", "dark"];

const storageKey = "fairlead.theme";
const light = () => matchMedia("(prefers-color-scheme: light)");
const listeners = new Set<() => void>();

function stored(): Scheme {
  try {
    const value = localStorage.getItem(storageKey);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

function resolved(): "light" | "dark" {
  const choice = stored();
  if (choice !== "system") return choice;
  return light().matches ? "light" : "dark";
}

function apply(): void {
  document.documentElement.dataset["theme"] = resolved();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    light().addEventListener("change", apply);
    addEventListener("storage", apply);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      light().removeEventListener("change", apply);
      removeEventListener("storage", apply);
    }
  };
}

/** The choice, what it comes to at the moment, and how to change it. */
export function useColorScheme() {
  return {
    choice: useSyncExternalStore(subscribe, stored),
    scheme: useSyncExternalStore(subscribe, resolved),
    choose: (choice: Scheme) => {
      try {
        if (choice === "system") localStorage.removeItem(storageKey);
        else localStorage.setItem(storageKey, choice);
      } catch {
        // Without storage the system decides.
      }
      apply();
    },
  };
}
