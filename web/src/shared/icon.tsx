import type { ReactNode } from "react";

/** 16 px box, 1.5 px stroke, round ends, no fill. */
const shapes = {
  ban: <><circle cx="8" cy="8" r="6" /><path d="m3.9 3.9 8.2 8.2" /></>,
  box: <path d="M2.25 5h11.5v8.25H2.25zM2.25 5l1.5-2.75h8.5L13.75 5M6.25 7.75h3.5" />,
  arrow: <path d="M2.75 8h10M9 4.25 12.75 8 9 11.75" />,
  back: <path d="M13.25 8h-10M7 4.25 3.25 8 7 11.75" />,
  busy: <><circle cx="8" cy="8" r="6" strokeDasharray="2.4 2.31" /><path d="M8 5v3l2 1.25" /></>,
  check: <path d="m3 8.5 3.25 3.25L13 4.75" />,
  clock: <><circle cx="8" cy="8" r="6" /><path d="M8 4.5V8l2.5 1.5" /></>,
  clusters: <><path d="M8 1.75 13.5 4.9v6.2L8 14.25 2.5 11.1V4.9z" /><circle cx="8" cy="8" r="2.25" /></>,
  copy: <><rect x="5.25" y="5.25" width="8.5" height="8.5" rx="1.5" /><path d="M10.75 2.25H3.5a1.25 1.25 0 0 0-1.25 1.25v7.25" /></>,
  crit: <><path d="M5.5 1.75h5l3.75 3.75v5l-3.75 3.75h-5L1.75 10.5v-5z" /><path d="M8 4.75v3.5M8 11v.01" /></>,
  dots: <path d="M3.5 8v.01M8 8v.01M12.5 8v.01" strokeWidth="2" />,
  down: <path d="m5 6.5 3 3 3-3" />,
  up: <path d="m5 9.5 3-3 3 3" />,
  eye: <><path d="M1.5 8C3 5 5.3 3.5 8 3.5S13 5 14.5 8C13 11 10.7 12.5 8 12.5S3 11 1.5 8z" /><circle cx="8" cy="8" r="2" /></>,
  filter: <path d="M2 4h12M4.5 8h7M6.75 12h2.5" />,
  gone: <path d="M6.5 4.5 8 3a3.2 3.2 0 0 1 4.9 4.1l-1.3 1.4M9.5 11.5 8 13a3.2 3.2 0 0 1-4.9-4.1l1.3-1.4M2.5 2.5l11 11" />,
  key: <><circle cx="5" cy="11" r="2.75" /><path d="m7 9 6-6M10.5 5.5l2 2" /></>,
  link: <path d="M6.5 4.75 8 3.25a3.15 3.15 0 0 1 4.7 4.45L11.25 9.25M9.5 11.25 8 12.75a3.15 3.15 0 0 1-4.7-4.45L4.75 6.75M6.25 9.75l3.5-3.5" />,
  lock: <><rect x="3" y="7" width="10" height="7" rx="1.5" /><path d="M5.25 7V5a2.75 2.75 0 0 1 5.5 0v2" /></>,
  okc: <><circle cx="8" cy="8" r="6" /><path d="m5.25 8.25 2 2 3.5-4" /></>,
  pen: <path d="M9.75 3.75 12.25 6.25M3 13l.75-3.25 7-7a1.1 1.1 0 0 1 1.5 0l1 1a1.1 1.1 0 0 1 0 1.5l-7 7z" />,
  plus: <path d="M8 3v10M3 8h10" />,
  rail: <><rect x="2" y="2.75" width="12" height="10.5" rx="1.5" /><path d="M6 2.75v10.5M10.5 6.5 9 8l1.5 1.5" /></>,
  ring: <circle cx="8" cy="8" r="6" />,
  roll: <><path d="M13.5 8A5.5 5.5 0 0 1 3.6 11.3M2.5 8a5.5 5.5 0 0 1 9.9-3.3" /><path d="M12.75 1.75v3h-3M3.25 14.25v-3h3" /></>,
  search: <><circle cx="7" cy="7" r="4.25" /><path d="m10.25 10.25 3.5 3.5" /></>,
  tag: <><path d="M2.25 2.75v5L8.5 14l5.25-5.25L7.5 2.5z" /><path d="M5 5.25v.01" strokeWidth="2" /></>,
  theme: <><circle cx="8" cy="8" r="5.75" /><path d="M8 2.25v11.5A5.75 5.75 0 0 0 8 2.25z" fill="currentColor" /></>,
  trash: <path d="M2.5 4.25h11M6 4V2.25h4V4M4 4.25l.6 9.5h6.8l.6-9.5M6.75 7v4M9.25 7v4" />,
  undo: <><path d="M5.5 3 2.5 6l3 3" /><path d="M2.5 6h7a4 4 0 0 1 0 8H6" /></>,
  warn: <><path d="M8 2.25 14.25 13H1.75z" /><path d="M8 6.5v3M8 11.25v.01" /></>,
  x: <path d="m4 4 8 8M12 4l-8 8" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

/** An icon beside a word. It has no name of its own: what it stands by, or the button's label, says it. */
export function Icon(props: { name: IconName; className?: string }) {
  return (
    <svg className={`i ${props.className ?? ""}`} viewBox="0 0 16 16" aria-hidden="true">
      {shapes[props.name]}
    </svg>
  );
}
