import { useVirtualizer } from "@tanstack/react-virtual";
import { useMediaQuery } from "@mantine/hooks";
import { useRef, type KeyboardEvent } from "react";
import type { Key } from "../../../i18n/catalogue";
import { useI18n } from "../../../i18n/i18n-context";
import { Icon } from "../../../shared/icon";
import { useKeys } from "../../../shared/use-keys";
import type { Cluster } from "../api/cluster-queries";
import type { SortKey } from "../cluster-view";
import { ClusterRow } from "./cluster-row";
import { columns } from "./columns";

interface ClustersTableProps {
  clusters: readonly Cluster[];
  openId: string | undefined;
  followed: boolean;
  sort: SortKey;
  descending: boolean;
  onSort: (key: SortKey) => void;
  onOpen: (id: string) => void;
}

const virtualFrom = 200;
const overscan = 12;

/** The fleet. Above 200 rows only those in view are in the page. */
export function ClustersTable(props: ClustersTableProps) {
  const { t } = useI18n();
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery("(max-width: 700px)", false, { getInitialValueInEffect: false });
  const rowHeight = narrow ? 52 : 32;
  const { clusters } = props;
  const isVirtual = clusters.length > virtualFrom;
  // eslint-disable-next-line react-hooks/incompatible-library -- its answers are used here and not handed to memoized parts
  const virtual = useVirtualizer({
    count: clusters.length,
    enabled: isVirtual,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => clusters[index]?.id ?? index,
    overscan,
  });
  const items = virtual.getVirtualItems();
  const first = isVirtual ? (items[0]?.index ?? 0) : 0;
  const last = isVirtual ? (items.at(-1)?.index ?? -1) : clusters.length - 1;

  const focusRow = (index: number) => {
    const target = Math.max(0, Math.min(clusters.length - 1, index));
    if (isVirtual) virtual.scrollToIndex(target);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`tr[data-index="${target}"] .row-link`)?.focus());
  };
  const step = (by: number) => {
    const at = document.activeElement?.closest("tr")?.dataset["index"];
    focusRow(at === undefined ? (by > 0 ? 0 : clusters.length - 1) : Number(at) + by);
  };
  useKeys({ j: () => { step(1); }, k: () => { step(-1); } });
  const onArrows = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !(event.target as Element).closest(".row-link")) return;
    event.preventDefault();
    step(by);
  };

  return (
    <div className="grid" ref={scroller} onKeyDown={onArrows} tabIndex={-1}>
      <table className="fleet" aria-rowcount={clusters.length + 1} data-followed={props.followed}>
        <caption className="sr">{t("clusters.title")}</caption>
        <colgroup>
          {columns.map((c) => (
            <col key={c.key} className={`c-${c.key}`} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((c) => (
              <th key={c.key} scope="col" className={`c-${c.key} ${c.num ? "num" : ""}`} aria-sort={props.sort === c.key ? (props.descending ? "descending" : "ascending") : undefined}>
                <button
                  type="button"
                  onClick={() => {
                    props.onSort(c.key);
                  }}
                >
                  {t(`column.${c.key}` satisfies Key)}
                  {c.unit && <span className="unit">, {c.unit}</span>}
                  {props.sort === c.key && <Icon name={props.descending ? "down" : "up"} className="i12" />}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr aria-hidden="true" style={{ height: first * rowHeight }} />}
          {clusters.slice(first, last + 1).map((cluster, i) => (
            <ClusterRow key={cluster.id} cluster={cluster} index={first + i} open={cluster.id === props.openId} followed={props.followed} onOpen={props.onOpen} />
          ))}
          {isVirtual && last < clusters.length - 1 && <tr aria-hidden="true" style={{ height: (clusters.length - 1 - last) * rowHeight }} />}
        </tbody>
      </table>
    </div>
  );
}
