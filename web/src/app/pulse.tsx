import { useQuery } from "@tanstack/react-query";
import { clustersQuery } from "../features/clusters/api/cluster-queries";
import { useFeedStatus } from "../features/clusters/api/feed-context";
import { isLinked } from "../features/clusters/cluster-view";
import { useI18n } from "../i18n/i18n-context";

const beats = { live: "M1 9h6l2-4 4 8 3-10 2.5 6H27", connecting: "M1 9h4m4 0h4m4 0h4m4 0h2", lost: "M1 9h9l2-3m4 6 2-3h9" };

/** Whether the page is live, and how much of the fleet is. */
export function Pulse() {
  const { t, formats } = useI18n();
  const { state } = useFeedStatus();
  const clusters = useQuery(clustersQuery()).data;
  const linked = clusters?.filter(isLinked).length ?? 0;
  const figures = clusters && { connected: formats.number(linked), total: formats.number(clusters.length) };
  return (
    <div className={`pulse ${state === "lost" ? "lost" : state === "connecting" ? "wait" : ""}`} title={figures && t("pulse.title", figures)}>
      <svg className="i beat" viewBox="0 0 28 16" aria-hidden="true">
        <path d={beats[state]} />
      </svg>
      <span role="status">{t(`pulse.${state}`)}</span>
      {figures && <span className="long t3">{t("pulse.figures", figures)}</span>}
    </div>
  );
}
