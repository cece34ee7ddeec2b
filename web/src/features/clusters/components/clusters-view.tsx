import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo, type ReactNode } from "react";
import { useI18n } from "../../../i18n/i18n-context";
import { ErrorState } from "../../../shared/error-notice";
import { Icon } from "../../../shared/icon";
import type { FeedStatus } from "../api/cluster-feed";
import type { Cluster } from "../api/cluster-queries";
import { filterClusters, isLinked, linkLooks, sortClusters, type SortKey } from "../cluster-view";
import { ClustersSkeleton } from "./clusters-skeleton";
import { ClustersTable } from "./clusters-table";
import { FilterField } from "./filter-field";
import { StaleBanner } from "./stale-banner";
import "./clusters.css";

export interface ClustersViewProps {
  clusters: readonly Cluster[] | undefined;
  error: Error | null;
  feed: FeedStatus;
  mayAdd: boolean;
  filter: string;
  sort: SortKey;
  descending: boolean;
  openId?: string | undefined;
  onFilter: (filter: string) => void;
  onSort: (key: SortKey) => void;
  onOpen: (id: string) => void;
  onRetry: () => void;
  drawer?: ReactNode;
}

/** The page of clusters in all its states. It fetches nothing. */
export function ClustersView(props: ClustersViewProps) {
  const { t } = useI18n();
  const { clusters } = props;
  return (
    <>
      <div className="head">
        <div>
          <h1>{t("clusters.title")}</h1>
          <Facts clusters={clusters} />
        </div>
        <div className="acts">
          {props.mayAdd && clusters && clusters.length > 0 && (
            <Button component={Link} to="/clusters/add" leftSection={<Icon name="plus" />}>
              {t("clusters.add")}
            </Button>
          )}
        </div>
      </div>
      <StaleBanner feed={props.feed} />
      <Content {...props} />
    </>
  );
}

function Facts(props: { clusters: readonly Cluster[] | undefined }) {
  const { t, tn, formats } = useI18n();
  const { clusters } = props;
  if (!clusters) return <p className="facts">{"\u00a0"}</p>;
  const linked = clusters.filter(isLinked).length;
  const nodes = clusters.reduce((sum, c) => sum + (c.facts?.nodes ?? 0), 0);
  const pending = clusters.filter((c) => c.link.state === "pending").length;
  return (
    <p className="facts">
      <span>{t("clusters.connected", { connected: formats.number(linked), clusters: tn("clusters", clusters.length) })}</span>
      <span>{tn("nodes", nodes)}</span>
      {pending > 0 && <span>{tn("pending", pending)}</span>}
    </p>
  );
}

function Content(props: ClustersViewProps) {
  const { t } = useI18n();
  const { clusters, filter, sort, descending } = props;
  const shown = useMemo(
    () => (clusters ? sortClusters(filterClusters(clusters, filter, (state) => t(linkLooks[state].word)), sort, descending) : []),
    [clusters, filter, sort, descending, t],
  );
  if (!clusters) {
    if (props.error) return <ErrorState error={props.error} title={t("clusters.failed")} onRetry={props.onRetry} />;
    return (
      <div className="split">
        <ClustersSkeleton />
      </div>
    );
  }
  if (clusters.length === 0) return <Empty mayAdd={props.mayAdd} />;
  return (
    <>
      <div className="bar">
        <FilterField value={filter} onChange={props.onFilter} />
      </div>
      <div className={`split ${props.drawer ? "with-drawer" : ""}`}>
        {shown.length > 0 ? (
          <ClustersTable clusters={shown} openId={props.openId} followed={props.feed.state === "live"} sort={sort} descending={descending} onSort={props.onSort} onOpen={props.onOpen} />
        ) : (
          <div className="grid">
            <div className="mid">
              <Icon name="filter" className="i20 t3" />
              <h2>{t("filter.none")}</h2>
              <p>{t("filter.noneHint", { filter })}</p>
              <div className="row">
                <Button
                  onClick={() => {
                    props.onFilter("");
                  }}
                >
                  {t("filter.clearAll")}
                </Button>
              </div>
            </div>
          </div>
        )}
        {props.drawer}
      </div>
    </>
  );
}

function Empty(props: { mayAdd: boolean }) {
  const { t } = useI18n();
  return (
    <div className="mid">
      <Icon name="clusters" className="i20 t3" />
      <h2>{props.mayAdd ? t("empty.title") : t("empty.titleMember")}</h2>
      <p>{props.mayAdd ? t("empty.text") : t("empty.textMember")}</p>
      {props.mayAdd && (
        <div className="row">
          <Button component={Link} to="/clusters/add" variant="filled" leftSection={<Icon name="plus" />}>
            {t("empty.add")}
          </Button>
        </div>
      )}
    </div>
  );
}
