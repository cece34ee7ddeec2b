import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useCallback } from "react";
import { meQuery } from "../../session/api/session-queries";
import { clustersQuery } from "../api/cluster-queries";
import { useFeedStatus } from "../api/feed-context";
import { ClusterDrawer } from "./cluster-drawer";

/** /clusters/$id: the drawer, fed from the list that the event stream keeps. */
export function ClusterPage() {
  const navigate = useNavigate();
  const { id } = useParams({ from: "/frame/clusters/$id" });
  const clusters = useQuery(clustersQuery());
  const me = useQuery(meQuery());
  const feed = useFeedStatus();
  const close = useCallback(() => {
    void navigate({ to: "/clusters", search: (before) => before }).then(() => {
      document.querySelector<HTMLElement>(`.row-link[href*="/clusters/${CSS.escape(id)}"]`)?.focus();
    });
  }, [navigate, id]);
  return <ClusterDrawer key={id} cluster={clusters.data?.find((c) => c.id === id)} mayChange={me.data?.role === "owner"} followed={feed.state === "live"} onClose={close} />;
}
