import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { fill, loadCatalogue, rememberLocale, type Args, type Catalogue, type Key, type Locale, type PluralKey } from "./catalogue";
import { formatsOf, type Formats } from "./formats";

export interface I18n {
  locale: Locale;
  setLocale: (locale: Locale) => void;
  /** The text of a key, with its values put in. */
  t: <K extends Key>(key: K, ...args: Args<K>) => string;
  /** The text of a key with a plural, for a number: the text may name it as {n}. */
  tn: (key: PluralKey, n: number) => string;
  formats: Formats;
}

const Context = createContext<I18n | null>(null);

export function useI18n(): I18n {
  const value = useContext(Context);
  if (!value) throw new Error("useI18n outside of I18nProvider");
  return value;
}

/** Gives texts and formats to the page. The first catalogue is loaded before the first paint, hence it is passed in. */
export function I18nProvider(props: { initial: { locale: Locale; catalogue: Catalogue }; children: ReactNode }) {
  const [current, setCurrent] = useState(props.initial);
  useEffect(() => {
    document.documentElement.lang = current.locale;
  }, [current.locale]);
  const value = useMemo((): I18n => {
    const { locale, catalogue } = current;
    const formats = formatsOf(locale, catalogue);
    const plural = new Intl.PluralRules(locale);
    return {
      locale,
      formats,
      setLocale: (next) => {
        rememberLocale(next);
        void loadCatalogue(next).then((loaded) => {
          setCurrent({ locale: next, catalogue: loaded });
        });
      },
      t: (key, ...args) => fill(catalogue[key], args[0] ?? {}),
      tn: (key, n) => fill(catalogue[`${key}.${plural.select(n) === "one" ? "one" : "other"}`], { n: formats.number(n) }),
    };
  }, [current]);
  return <Context.Provider value={value}>{props.children}</Context.Provider>;
}
