import { fill, type Catalogue, type Locale } from "./catalogue";

/** How figures and times are written in a language. Times are the reader's local time, on 24 hours. */
export interface Formats {
  number: (n: number) => string;
  /** 14:02, or 23 Nov, 14:02 when it was not today. */
  clock: (at: Date, now: Date) => string;
  /** Full date and time, for a title. */
  full: (at: Date) => string;
  /** 12 s, 6 min, 3 h, 6 d. Never negative: clocks differ. */
  age: (milliseconds: number) => string;
  /** Thousandths of a core as cores. */
  cores: (millis: number) => string;
  /** Bytes as GiB, without the unit. */
  gibibytes: (bytes: number) => string;
  /** Milliseconds with as many places as mean something. */
  millis: (ms: number) => string;
  /** 56:14 */
  countdown: (milliseconds: number) => string;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

export function formatsOf(locale: Locale, texts: Catalogue): Formats {
  // Day before month and 24 hours, as in the rest of the console.
  const tag = locale === "en" ? "en-GB" : locale;
  const time = new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit" });
  const dayAndTime = new Intl.DateTimeFormat(tag, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const full = new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "medium" });
  const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
  const tenth = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
  return {
    number: (n) => whole.format(n),
    clock: (at, now) => (at.toDateString() === now.toDateString() ? time : dayAndTime).format(at),
    full: (at) => full.format(at),
    age: (milliseconds) => {
      const ms = Math.max(0, milliseconds);
      if (ms < minute) return fill(texts["age.seconds"], { n: Math.floor(ms / second) });
      if (ms < hour) return fill(texts["age.minutes"], { n: Math.floor(ms / minute) });
      if (ms < 2 * day) return fill(texts["age.hours"], { n: Math.floor(ms / hour) });
      return fill(texts["age.days"], { n: whole.format(Math.floor(ms / day)) });
    },
    cores: (millis) => tenth.format(millis / 1000),
    gibibytes: (bytes) => tenth.format(bytes / 2 ** 30),
    millis: (ms) => (ms < 10 ? tenth : whole).format(ms),
    countdown: (milliseconds) => {
      const seconds = Math.max(0, Math.floor(milliseconds / second));
      const pad = (n: number) => String(n).padStart(2, "0");
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return `${pad(minutes)}:${pad(seconds % 60)}`;
      return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
    },
  };
}
