import { Button, Modal, TextInput } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { useI18n } from "../../../i18n/i18n-context";
import { ErrorNotice } from "../../../shared/error-notice";
import type { Cluster } from "../api/cluster-queries";
import type { SameBy as Lines } from "../cli-lines";
import { LinkStatus } from "./link-status";
import { SameBy } from "./same-by";

interface ActionDialogProps {
  cluster: Cluster;
  title: string;
  /** What will happen, in words. */
  effect: ReactNode;
  /** Verb and place: "Delete acme-prod". */
  action: string;
  danger?: boolean;
  /** Asks for the cluster's name before the action can be taken. */
  askName?: boolean;
  disabled?: boolean;
  busy: boolean;
  error: Error | null;
  lines: Lines;
  onAct: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Every change of a cluster is confirmed here: where, what will happen, the same by CLI and API, and what went wrong. */
export function ActionDialog(props: ActionDialogProps) {
  const { t } = useI18n();
  const [typed, setTyped] = useState("");
  const named = !props.askName || typed.trim() === props.cluster.name;
  const off = props.disabled === true || !named || props.busy;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!off) props.onAct();
  };
  return (
    <Modal opened onClose={props.onClose} title={props.title} closeButtonProps={{ "aria-label": t("close") }}>
      <form onSubmit={submit} noValidate>
        <div className="dlb">
          <p className="facts dialog-facts">
            <span>{t("dialog.cluster")}</span>
            <span className="m t1">{props.cluster.name}</span>
            <span>{props.cluster.tenant}</span>
            <LinkStatus state={props.cluster.link.state} />
          </p>
          <p className="s14">{props.effect}</p>
          {props.children}
          {props.askName && (
            <TextInput
              label={t("dialog.typeName", { name: props.cluster.name })}
              value={typed}
              onChange={(event) => {
                setTyped(event.currentTarget.value);
              }}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
            />
          )}
          <SameBy lines={props.lines} />
          {props.error && <ErrorNotice error={props.error} />}
        </div>
        <div className="dlf">
          <Button data-size="md" onClick={props.onClose} rightSection={<kbd>esc</kbd>}>
            {t("cancel")}
          </Button>
          <Button type="submit" data-size="md" variant="filled" className={props.danger ? "danger" : ""} disabled={off}>
            {props.busy ? t("working") : props.action}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
