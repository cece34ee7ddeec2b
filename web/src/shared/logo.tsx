import { useId } from "react";

/** The mark: a ring guides a line, under the ring on the left and over it on the right. Masks cut the gaps, so it lies on any ground. */
export function Logo() {
  const id = useId();
  return (
    <svg className="logo" viewBox="0 0 24 24" fill="none" strokeWidth="2" strokeLinecap="round" aria-hidden="true">
      <defs>
        <mask id={`${id}over`} maskUnits="userSpaceOnUse" x="0" y="0" width="24" height="24">
          <path fill="#fff" d="M0 0h24v24H0z" />
          <path d="M12 12c3.4-3.5 6.75-7 10.5-7" stroke="#000" strokeWidth="5" strokeLinecap="butt" />
        </mask>
        <mask id={`${id}under`} maskUnits="userSpaceOnUse" x="0" y="0" width="24" height="24">
          <path fill="#fff" d="M0 0h24v24H0z" />
          <circle cx="12" cy="12" r="7" stroke="#000" strokeWidth="4.5" />
        </mask>
      </defs>
      <path className="line" d="M1.5 19C5.25 19 8.6 15.5 12 12" mask={`url(#${id}under)`} />
      <circle className="ring" cx="12" cy="12" r="7" mask={`url(#${id}over)`} />
      <path className="line" d="M12 12c3.4-3.5 6.75-7 10.5-7" />
    </svg>
  );
}
