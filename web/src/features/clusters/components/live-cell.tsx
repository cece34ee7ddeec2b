import { useEffect, useRef, type ReactNode } from "react";

/** A cell that glows once when its value has changed in place. It does not glow when it appears. */
export function LiveCell(props: { value: unknown; className?: string; title?: string | undefined; children: ReactNode }) {
  const cell = useRef<HTMLTableCellElement>(null);
  const before = useRef(props.value);
  useEffect(() => {
    const element = cell.current;
    if (!element || Object.is(before.current, props.value)) return;
    before.current = props.value;
    element.classList.remove("glow");
    void element.offsetWidth; // restarts the animation, if it runs
    element.classList.add("glow");
  }, [props.value]);
  return (
    <td
      ref={cell}
      className={props.className}
      title={props.title}
      onAnimationEnd={(event) => {
        event.currentTarget.classList.remove("glow");
      }}
    >
      {props.children}
    </td>
  );
}
