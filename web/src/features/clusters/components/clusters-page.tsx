import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { useI18n } from "../../../i18n/i18n-context";
import { useTitle } from "../../../shared/use-title";
import { meQuery } from "../../session/api/session-queries";
import { clustersQuery } from "../api/cluster-queries";
import { useFeedStatus } from "../api/feed-context";
import type { SortKey } from "../cluster-view";
import { ClustersView } from "./clusters-view";

/** /clusters, with the drawer of /clusters/$id beside it. */
export function ClustersPage() {
  const { t } = useI18n();
  const navigate = useNavigate();
  const clusters = useQuery(clustersQuery());
  const me = useQuery(meQuery());
  const feed = useFeedStatus();
  const search = useSearch({ from: "/frame/clusters" });
  const { id } = useParams({ strict: false });
  useTitle(t("clusters.title"));
  const sort = search.sort ?? "name";
  const descending = search.desc ?? false;
  const change = (next: { q?: string | undefined; sort?: SortKey; desc?: true | undefined }) => {
    void navigate({ to: ".", search: { ...search, ...next }, replace: true });
  };
  const open = useCallback(
    (opened: string) => {
      void navigate({ to: "/clusters/$id", params: { id: opened }, search: (before) => before });
    },
    [navigate],
  );
  return (
    <ClustersView
      clusters={clusters.data}
      error={clusters.isFetching ? null : clusters.error}
      feed={feed}
      mayAdd={me.data?.role === "owner"}
      filter={search.q ?? ""}
      sort={sort}
      descending={descending}
      openId={id}
      onFilter={(q) => {
        change({ q: q || undefined });
      }}
      onSort={(key) => {
        change({ sort: key, desc: key === sort && !descending ? true : undefined });
      }}
      onOpen={open}
      onRetry={() => void clusters.refetch()}
      drawer={id === undefined ? undefined : <Outlet />}
    />
  );
}
