import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useI18n } from "../../../i18n/i18n-context";
import { Icon, type IconName } from "../../../shared/icon";
import { useTitle } from "../../../shared/use-title";
import { meQuery } from "../../session/api/session-queries";
import { clustersQuery, useCreateCluster } from "../api/cluster-queries";
import { useFeedStatus } from "../api/feed-context";
import { isLinked } from "../cluster-view";
import { AddClusterForm } from "./add-cluster-form";
import { AddClusterProgress } from "./add-cluster-progress";
import { EnrolmentCommands } from "./enrolment-commands";
import { StaleBanner } from "./stale-banner";
import "./clusters.css";
import "./add-cluster.css";

/** /clusters/add: name, then commands and live progress. The token is shown once and lives only in this page. */
export function AddClusterPage() {
  const { t } = useI18n();
  const create = useCreateCluster();
  const feed = useFeedStatus();
  const clusters = useQuery(clustersQuery());
  const me = useQuery(meQuery());
  useTitle(t("add.title"));
  const made = create.data?.cluster;
  const cluster = made && (clusters.data?.find((c) => c.id === made.id) ?? made);
  const mayAdd = me.data?.role === "owner";
  return (
    <>
      <div className="head">
        <div>
          <h1>{t("add.title")}</h1>
          <p className="facts">
            {cluster ? (
              <>
                <span>{cluster.name}</span>
                <span>{cluster.tenant}</span>
              </>
            ) : (
              <span>{t("add.facts")}</span>
            )}
          </p>
        </div>
        <div className="acts">
          <Button component={Link} to="/clusters" variant="subtle">
            {cluster ? t("add.later") : t("cancel")}
          </Button>
        </div>
      </div>
      <StaleBanner feed={feed} />
      <div className="wiz">
        <ol className="steps" aria-label={t("add.steps")}>
          <WizardStep state={cluster ? "done" : "now"} title={t("add.step1")} detail={cluster ? `${cluster.tenant}/${cluster.name}` : undefined} />
          <WizardStep
            state={!cluster ? "later" : isLinked(cluster) ? "done" : "now"}
            title={t("add.step2")}
            detail={!cluster ? undefined : isLinked(cluster) ? t("link.connected") : t("progress.waiting")}
          />
          <WizardStep state={cluster && isLinked(cluster) ? "now" : "later"} title={t("add.step3")} />
        </ol>
        <div className="wiz-body">
          {!mayAdd && me.data && (
            <div className="notice plain">
              <Icon name="lock" />
              <div>{t("add.ownersOnly")}</div>
            </div>
          )}
          {mayAdd && !create.data && (
            <AddClusterForm
              busy={create.isPending}
              error={create.error}
              onSubmit={(body) => {
                create.mutate(body);
              }}
            />
          )}
          {create.data && cluster && (
            <>
              {!isLinked(cluster) && <EnrolmentCommands enrolment={create.data.enrolment} />}
              <AddClusterProgress cluster={cluster} hubURL={create.data.enrolment.hubURL} followed={feed.state === "live"} />
            </>
          )}
        </div>
        <aside className="wiz-side">
          <h2 className="h3">{t("puts.title")}</h2>
          <ul>
            <Point icon="box" title={t("puts.deployment")}>{t("puts.deploymentText")}</Point>
            <Point icon="arrow" title={t("puts.call")}>{t("puts.callText")}</Point>
            <Point icon="lock" title={t("puts.key")}>{t("puts.keyText")}</Point>
            <Point icon="undo" title={t("puts.gone")}>
              <span className="mono">helm uninstall fairlead-agent -n fairlead</span>
            </Point>
          </ul>
          <p className="s12 t3">{t("ceiling.hint")}</p>
        </aside>
      </div>
    </>
  );
}

function WizardStep(props: { state: "done" | "now" | "later"; title: string; detail?: string | undefined }) {
  const { t } = useI18n();
  const icons = { done: ["okc", "ok"], now: ["busy", "busy"], later: ["ring", "gone"] } as const;
  const [icon, tone] = icons[props.state];
  return (
    <li aria-current={props.state === "now" ? "step" : undefined}>
      <Icon name={icon} className={tone} />
      <span>
        {props.title}
        <span className="sr"> ({t(`step.${props.state}`)})</span>
        {props.detail && <small>{props.detail}</small>}
      </span>
    </li>
  );
}

function Point(props: { icon: IconName; title: string; children: ReactNode }) {
  return (
    <li className="point">
      <Icon name={props.icon} className="t3" />
      <span>
        <span className="m">{props.title}</span>
        <span className="t2">{props.children}</span>
      </span>
    </li>
  );
}
