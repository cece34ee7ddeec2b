import type { SortKey } from "../cluster-view";

/** The table's columns from left to right. Widths and what folds first are in clusters.css, by class c-<key>. */
export const columns: readonly { key: SortKey; num?: boolean; unit?: string; skeleton: number }[] = [
  { key: "name", skeleton: 148 },
  { key: "link", skeleton: 80 },
  { key: "kubernetes", skeleton: 56 },
  { key: "agent", skeleton: 40 },
  { key: "nodes", num: true, skeleton: 24 },
  { key: "cpu", num: true, skeleton: 20 },
  { key: "memory", num: true, unit: "GiB", skeleton: 28 },
  { key: "provider", skeleton: 88 },
  { key: "rtt", num: true, unit: "ms", skeleton: 20 },
  { key: "seen", num: true, skeleton: 32 },
];
