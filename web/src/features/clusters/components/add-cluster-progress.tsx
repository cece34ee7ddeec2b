import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useI18n } from "../../../i18n/i18n-context";
import { CopyButton } from "../../../shared/copy-button";
import { Icon } from "../../../shared/icon";
import { useNow } from "../../../shared/use-now";
import type { Cluster } from "../api/cluster-queries";
import { firstLines } from "../cli-lines";
import { isLinked } from "../cluster-view";

type StepState = "done" | "now" | "later" | "warn";
const looks = { done: ["okc", "ok"], now: ["busy", "busy"], later: ["ring", "gone"], warn: ["warn", "warn"] } as const;

function Step(props: { state: StepState; name: string; at?: string | undefined; children: ReactNode }) {
  const { formats, t } = useI18n();
  const [icon, tone] = looks[props.state];
  const at = props.at === undefined ? undefined : new Date(props.at);
  const now = useNow();
  return (
    <li aria-current={props.state === "now" ? "step" : undefined}>
      <Icon name={icon} className={tone} />
      <span className={props.state === "now" ? "m" : props.state === "later" ? "t3" : "t2"}>
        {props.name}
        <span className="sr"> ({t(`step.${props.state}`)})</span>
      </span>
      <span className="t2">{props.children}</span>
      <time dateTime={props.at} title={at && formats.full(at)}>
        {at && formats.clock(at, new Date(now))}
      </time>
    </li>
  );
}

/** What has happened since the commands were made; it follows the cluster as the event stream brings it. */
export function AddClusterProgress(props: { cluster: Cluster; hubURL: string; followed: boolean }) {
  const { t } = useI18n();
  const { cluster } = props;
  const { facts, link } = cluster;
  const linked = isLinked(cluster);
  const ready = linked && facts !== undefined;
  return (
    <>
      <div className="row prog-head">
        <h2 className="s14">{t("progress.title")}</h2>
        <span role="status" className={`st ${ready ? "ok" : "busy"}`}>
          <Icon name={ready ? "okc" : "busy"} />
          {ready ? t("progress.ready") : linked ? t("progress.reading") : t("progress.waiting")}
        </span>
        <span className="t3 s12 end">{props.followed ? t("progress.live") : t("progress.notLive")}</span>
      </div>
      <ol className="prog">
        <Step state="done" name={t("progress.made")} at={cluster.createdAt}>
          {t("progress.madeText")}
        </Step>
        <Step state={cluster.enrolledAt ? "done" : "now"} name={t("progress.called")} at={cluster.enrolledAt}>
          {cluster.enrolledAt ? t("progress.calledText") : t("progress.calledWait")}
        </Step>
        <Step state={linked ? (link.state === "degraded" ? "warn" : "done") : cluster.enrolledAt ? "now" : "later"} name={t("progress.link")} at={linked ? link.since : undefined}>
          {link.state === "degraded" ? link.reason : linked ? t("progress.linkText") : cluster.enrolledAt ? link.reason : ""}
        </Step>
        <Step state={facts ? "done" : linked ? "now" : "later"} name={t("progress.facts")} at={facts?.reportedAt}>
          {facts
            ? [facts.kubernetesVersion, t("nodes.ready", { ready: facts.nodesReady, nodes: facts.nodes }), [facts.provider, facts.region].filter(Boolean).join(" ")].filter(Boolean).join(", ")
            : ""}
        </Step>
      </ol>
      {ready && (
        <section className="first">
          <h2 className="h2">{t("first.title")}</h2>
          <p className="t2">{t("first.text")}</p>
          {firstLines(cluster, props.hubURL).map((line) => (
            <pre className="code" key={line}>
              <span className="c">$ </span>
              {line}
              <CopyButton value={line} />
            </pre>
          ))}
          <div className="row">
            <Button component={Link} to={`/clusters/${cluster.id}`} variant="filled" data-size="md" className="end">
              {t("first.open", { name: cluster.name })}
            </Button>
          </div>
        </section>
      )}
    </>
  );
}
