import { ActionIcon, Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useI18n } from "../../../i18n/i18n-context";
import { Icon } from "../../../shared/icon";
import { useKeys } from "../../../shared/use-keys";
import type { Cluster } from "../api/cluster-queries";
import { isLinked } from "../cluster-view";
import { ClusterDialog, type ClusterAction } from "./cluster-dialogs";
import { ClusterFacts } from "./cluster-facts";
import { LastSeen } from "./last-seen";
import { LinkStatus } from "./link-status";

interface ClusterDrawerProps {
  /** undefined: there is none of this id that the person reaches. */
  cluster: Cluster | undefined;
  mayChange: boolean;
  followed: boolean;
  onClose: () => void;
}

/** One cluster beside the list: what it is, its link, and what can be done with it. */
export function ClusterDrawer(props: ClusterDrawerProps) {
  const { t } = useI18n();
  const [action, setAction] = useState<ClusterAction | null>(null);
  const panel = useRef<HTMLElement>(null);
  const { cluster } = props;
  useKeys({ Escape: props.onClose });
  const id = cluster?.id;
  useEffect(() => {
    panel.current?.focus({ preventScroll: true });
  }, [id]);

  return (
    <aside className="drawer" aria-label={cluster ? t("drawer.label", { name: cluster.name }) : t("drawer.none")} ref={panel} tabIndex={-1}>
      <div className="dh">
        <div className="row">
          <span className="t3 s12 cut">{cluster ? t("drawer.kind", { tenant: cluster.tenant }) : ""}</span>
          <ActionIcon className="end" onClick={props.onClose} aria-label={t("close")} title={t("closeKey")}>
            <Icon name="x" />
          </ActionIcon>
        </div>
        {cluster && (
          <div className="row wrap">
            <h2>{cluster.name}</h2>
            <LinkStatus state={cluster.link.state} />
            {!isLinked(cluster) && cluster.link.lastSeenAt && <LastSeen cluster={cluster} followed={props.followed} long />}
          </div>
        )}
      </div>
      {cluster ? (
        <>
          {props.mayChange && <Actions cluster={cluster} onAct={setAction} />}
          <ClusterFacts cluster={cluster} followed={props.followed} />
          {!props.mayChange && <p className="blk t3 s12">{t("drawer.ownersOnly")}</p>}
        </>
      ) : (
        <div className="mid">
          <Icon name="gone" className="i20 t3" />
          <h2>{t("drawer.none")}</h2>
          <p>{t("drawer.noneHint")}</p>
          <div className="row">
            <Button onClick={props.onClose}>{t("drawer.back")}</Button>
          </div>
        </div>
      )}
      {cluster && action && (
        <ClusterDialog
          cluster={cluster}
          action={action}
          onClose={() => {
            setAction(null);
          }}
          onDeleted={props.onClose}
        />
      )}
    </aside>
  );
}

function Actions(props: { cluster: Cluster; onAct: (action: ClusterAction) => void }) {
  const { t } = useI18n();
  const revoked = props.cluster.link.state === "revoked";
  const buttons: { action: ClusterAction; icon: Parameters<typeof Icon>[0]["name"]; text: string }[] = [
    { action: "rename", icon: "pen", text: t("action.rename") },
    { action: "labels", icon: "tag", text: t("action.labels") },
    { action: "token", icon: "key", text: t("action.token") },
    ...(revoked ? [] : [{ action: "revoke" as const, icon: "ban" as const, text: t("action.revoke") }]),
    { action: "delete", icon: "trash", text: t("action.delete") },
  ];
  return (
    <div className="doing">
      {buttons.map((b) => (
        <Button
          key={b.action}
          leftSection={<Icon name={b.icon} />}
          onClick={() => {
            props.onAct(b.action);
          }}
        >
          {b.text}
        </Button>
      ))}
    </div>
  );
}
