import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { useI18n } from "../../../i18n/i18n-context";
import { Icon } from "../../../shared/icon";
import type { Cluster } from "../api/cluster-queries";
import { isLinked } from "../cluster-view";
import { LastSeen } from "./last-seen";
import { LinkStatus } from "./link-status";
import { LiveCell } from "./live-cell";

interface ClusterRowProps {
  cluster: Cluster;
  index: number;
  open: boolean;
  followed: boolean;
  onOpen: (id: string) => void;
}

const unknown = <span className="t3">–</span>;

/** One cluster. What no link stands behind is dimmed and carries its age. */
export const ClusterRow = memo(function ClusterRow(props: ClusterRowProps) {
  const { formats, t } = useI18n();
  const { cluster } = props;
  const { facts, link } = cluster;
  const stale = !isLinked(cluster) && link.state !== "pending";
  const place = facts?.provider && [facts.provider, facts.region].filter(Boolean).join(" ");
  const nodesWrong = facts !== undefined && facts.nodesReady < facts.nodes;
  return (
    <tr
      className={`${stale ? "stale" : ""} ${props.open ? "sel" : ""}`}
      aria-rowindex={props.index + 2}
      data-index={props.index}
      onClick={(event) => {
        if (!(event.target as Element).closest("a") && !getSelection()?.toString()) props.onOpen(cluster.id);
      }}
    >
      <td className="c-name" title={`${cluster.tenant}/${cluster.name}`}>
        <Link to="/clusters/$id" params={{ id: cluster.id }} search={(before) => before} aria-current={props.open ? "true" : undefined} className="row-link">
          <span className="tenant">{cluster.tenant}/</span>
          <span className="name">{cluster.name}</span>
        </Link>
        <span className="sub s12">
          {facts?.kubernetesVersion && <span>{facts.kubernetesVersion}</span>}
          {facts && <span>{t("nodes.ready", { ready: facts.nodesReady, nodes: facts.nodes })}</span>}
          <LastSeen cluster={cluster} followed={props.followed} />
        </span>
      </td>
      <LiveCell className="c-link" value={link.state}>
        <LinkStatus state={link.state} title={link.reason} />
      </LiveCell>
      <LiveCell className="c-kubernetes" value={facts?.kubernetesVersion}>{facts?.kubernetesVersion ?? unknown}</LiveCell>
      <LiveCell className="c-agent" value={facts?.agentVersion}>{facts?.agentVersion ?? unknown}</LiveCell>
      <LiveCell className="c-nodes num" value={facts && `${facts.nodesReady}/${facts.nodes}`}>
        {!facts && unknown}
        {facts && nodesWrong && (
          <span className="st warn" title={t("nodes.notReady", { n: facts.nodes - facts.nodesReady })}>
            <Icon name="warn" />
            {facts.nodesReady}/{facts.nodes}
            <span className="sr">{t("nodes.notReady", { n: facts.nodes - facts.nodesReady })}</span>
          </span>
        )}
        {facts && !nodesWrong && `${facts.nodesReady}/${facts.nodes}`}
      </LiveCell>
      <LiveCell className="c-cpu num" value={facts?.cpuMillis}>{facts ? formats.cores(facts.cpuMillis) : unknown}</LiveCell>
      <LiveCell className="c-memory num" value={facts?.memoryBytes}>{facts ? formats.gibibytes(facts.memoryBytes) : unknown}</LiveCell>
      <LiveCell className="c-provider" value={place} title={place}>{place || unknown}</LiveCell>
      <td className="c-rtt num">{isLinked(cluster) && link.rttMillis !== undefined ? formats.millis(link.rttMillis) : unknown}</td>
      <td className="c-seen num">
        <LastSeen cluster={cluster} followed={props.followed} />
      </td>
    </tr>
  );
});
