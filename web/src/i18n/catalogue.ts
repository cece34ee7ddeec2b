import type { en } from "./en";

/** Every catalogue has exactly the keys of the English one. Keys with plurals end in .one and .other. */
export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;

/** Names in braces: "{connected} of {total}" asks for connected and total. */
type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
export type Params<K extends Key> = Record<Names<(typeof en)[K]>, string | number>;
export type Args<K extends Key> = [Names<(typeof en)[K]>] extends [never] ? [] : [Params<K>];

/** Keys that have a plural: "nodes" for nodes.one and nodes.other. */
export type PluralKey = Key extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;

export const locales = ["en", "de"] as const;
export type Locale = (typeof locales)[number];

/** Names of the languages in themselves. */
export const localeNames: Record<Locale, string> = { en: "English", de: "Deutsch" };

/** Loads a catalogue; each is a file of its own, so that only one is fetched. */
export async function loadCatalogue(locale: Locale): Promise<Catalogue> {
  switch (locale) {
    case "en":
      return (await import("./en")).en;
    case "de":
      return (await import("./de")).de;
  }
}

/** Puts values into a text. A name without a value stays as it is, so that the mistake is seen. */
export function fill(text: string, params: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));
}

const storageKey = "fairlead.locale";

/** The language that was chosen, or else the browser's first that there is a catalogue for. */
export function preferredLocale(): Locale {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(storageKey);
  } catch {
    // Storage may be forbidden.
  }
  for (const wish of [stored, ...navigator.languages]) {
    const found = locales.find((l) => wish?.toLowerCase().split("-")[0] === l);
    if (found) return found;
  }
  return "en";
}

export function rememberLocale(locale: Locale): void {
  try {
    localStorage.setItem(storageKey, locale);
  } catch {
    // Then it holds for this visit.
  }
}
