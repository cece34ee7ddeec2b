import { useRef } from "react";
import { useI18n } from "../../../i18n/i18n-context";
import { Icon } from "../../../shared/icon";
import { useKeys } from "../../../shared/use-keys";

/** The filter of the list. `/` goes to it; esc empties it, and leaves it when it is empty. */
export function FilterField(props: { value: string; onChange: (value: string) => void }) {
  const { t } = useI18n();
  const input = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => input.current?.focus() });
  return (
    <label className="query">
      <Icon name="filter" />
      <span className="sr">{t("filter.label")}</span>
      <input
        ref={input}
        type="search"
        value={props.value}
        placeholder={t("filter.placeholder")}
        spellCheck={false}
        autoComplete="off"
        maxLength={200}
        onChange={(event) => {
          props.onChange(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          if (props.value) props.onChange("");
          else event.currentTarget.blur();
        }}
      />
      {props.value ? (
        <button
          type="button"
          className="query-clear s12"
          onClick={() => {
            props.onChange("");
            input.current?.focus();
          }}
        >
          <kbd>esc</kbd> {t("filter.clear")}
        </button>
      ) : (
        <kbd aria-hidden="true">/</kbd>
      )}
    </label>
  );
}
