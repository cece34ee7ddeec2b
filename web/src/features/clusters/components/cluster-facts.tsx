import type { ReactNode } from "react";
import type { Key } from "../../../i18n/catalogue";
import { useI18n } from "../../../i18n/i18n-context";
import { CopyButton } from "../../../shared/copy-button";
import { Icon } from "../../../shared/icon";
import { useNow } from "../../../shared/use-now";
import type { Cluster } from "../api/cluster-queries";
import { formatLabels, isLinked } from "../cluster-view";
import { LastSeen } from "./last-seen";
import { LinkStatus } from "./link-status";

function Row(props: { name: Key & `fact.${string}`; children: ReactNode }) {
  const { t } = useI18n();
  // A name with placeholders would need values; names of facts have none.
  return (
    <>
      <dt>{t(props.name)}</dt>
      <dd>{props.children}</dd>
    </>
  );
}

function Since(props: { at: string }) {
  const { t, formats } = useI18n();
  const now = useNow();
  const at = new Date(props.at);
  return (
    <time dateTime={props.at} title={formats.full(at)}>
      {t("since", { clock: formats.clock(at, new Date(now)), age: formats.age(now - at.getTime()) })}
    </time>
  );
}

/** What is known of a cluster: its link, what its agent reported, its ceiling and labels. */
export function ClusterFacts(props: { cluster: Cluster; followed: boolean }) {
  const { t, formats } = useI18n();
  const { cluster } = props;
  const { link, facts } = cluster;
  const labels = formatLabels(cluster.labels).split("\n").filter(Boolean);
  return (
    <>
      <section className="blk">
        <h3 className="h3">{t("drawer.link")}</h3>
        <dl className="kv">
          <Row name="fact.state">
            <LinkStatus state={link.state} />
          </Row>
          <Row name="fact.since">
            <Since at={link.since} />
          </Row>
          {link.reason && <Row name="fact.reason">{link.reason}</Row>}
          <Row name="fact.seen">
            <LastSeen cluster={cluster} followed={props.followed} long />
          </Row>
          {isLinked(cluster) && link.rttMillis !== undefined && <Row name="fact.rtt">{formats.millis(link.rttMillis)} ms</Row>}
          {link.skewSeconds !== undefined && Math.abs(link.skewSeconds) >= 1 && <Row name="fact.skew">{t("skew", { seconds: formats.millis(link.skewSeconds) })}</Row>}
        </dl>
      </section>
      <section className="blk">
        <h3 className="h3">{t("drawer.facts")}</h3>
        {facts ? (
          <dl className="kv">
            <Row name="fact.kubernetes">{facts.kubernetesVersion ?? "–"}</Row>
            <Row name="fact.agent">{facts.agentVersion ?? "–"}</Row>
            <Row name="fact.nodes">{t("nodes.ready", { ready: facts.nodesReady, nodes: facts.nodes })}</Row>
            <Row name="fact.cpu">{t("cores", { n: formats.cores(facts.cpuMillis) })}</Row>
            <Row name="fact.memory">{formats.gibibytes(facts.memoryBytes)} GiB</Row>
            <Row name="fact.pods">{t("upTo", { n: formats.number(facts.podCapacity) })}</Row>
            <Row name="fact.provider">{[facts.provider, facts.region].filter(Boolean).join(" ") || "–"}</Row>
            <Row name="fact.reported">
              <Since at={facts.reportedAt} />
            </Row>
          </dl>
        ) : (
          <p className="t2">{t("facts.none")}</p>
        )}
      </section>
      {facts?.ceilingPreset && (
        <section className="blk">
          <h3 className="h3">{t("drawer.ceiling")}</h3>
          <dl className="kv">
            <Row name="fact.preset">{t(`ceiling.${facts.ceilingPreset}`)}</Row>
            {facts.ceilingSecrets && (
              <Row name="fact.secrets">
                <span className={`st ${facts.ceilingSecrets === "allow" ? "t1" : "gone"}`}>
                  <Icon name={facts.ceilingSecrets === "allow" ? "eye" : "lock"} />
                  {t(`secrets.${facts.ceilingSecrets}`)}
                </span>
              </Row>
            )}
          </dl>
          <p className="t3 s12 after">{t("ceiling.hint")}</p>
        </section>
      )}
      <section className="blk">
        <h3 className="h3">{t("drawer.cluster")}</h3>
        <dl className="kv">
          {cluster.description && <Row name="fact.description">{cluster.description}</Row>}
          <Row name="fact.labels">
            {labels.length > 0 ? (
              <span className="tags">
                {labels.map((label) => (
                  <span className="tag" key={label}>
                    {label}
                  </span>
                ))}
              </span>
            ) : (
              <span className="t3">{t("labels.none")}</span>
            )}
          </Row>
          <Row name="fact.id">
            <span className="row id-row">
              <span className="mono cut">{cluster.id}</span>
              <CopyButton value={cluster.id} />
            </span>
          </Row>
          <Row name="fact.created">
            <Since at={cluster.createdAt} />
          </Row>
          {cluster.enrolledAt && (
            <Row name="fact.enrolled">
              <Since at={cluster.enrolledAt} />
            </Row>
          )}
        </dl>
      </section>
    </>
  );
}
