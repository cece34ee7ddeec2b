import { Modal } from "@mantine/core";
import type { Key } from "../i18n/catalogue";
import { useI18n } from "../i18n/i18n-context";
import { useKeysSetting } from "../shared/use-keys";

const keys = [
  { keys: ["/"], text: "keys.filter" },
  { keys: ["j", "k"], text: "keys.move" },
  { keys: ["enter"], text: "keys.open" },
  { keys: ["esc"], text: "keys.close" },
  { keys: ["?"], text: "keys.help" },
] as const satisfies readonly { keys: readonly string[]; text: Key }[];

/** All keys of the console, and the switch that turns the single ones off. */
export function KeysDialog(props: { opened: boolean; onClose: () => void }) {
  const { t } = useI18n();
  const [on, setOn] = useKeysSetting();
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t("keys.title")} size={400} closeButtonProps={{ "aria-label": t("close") }}>
      <div className="dlb">
        <dl className="keys">
          {keys.map((k) => [
            <dt key={`${k.text}-keys`}>
              {k.keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>,
            <dd key={k.text}>{t(k.text)}</dd>,
          ])}
        </dl>
        <label className="check">
          <input
            type="checkbox"
            checked={on}
            onChange={(event) => {
              setOn(event.currentTarget.checked);
            }}
          />
          {t("keys.on")}
        </label>
      </div>
    </Modal>
  );
}
