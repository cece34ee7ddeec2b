import type { Key } from "../../i18n/catalogue";
import type { IconName } from "../../shared/icon";
import type { Cluster, LinkState } from "./api/cluster-queries";

/** How each state of a link looks: the shapes differ, so that colour is never needed. */
export const linkLooks: Record<LinkState, { icon: IconName; tone: string; word: Key & `link.${string}`; rank: number }> = {
  degraded: { icon: "warn", tone: "warn", word: "link.degraded", rank: 0 },
  disconnected: { icon: "gone", tone: "gone", word: "link.disconnected", rank: 1 },
  revoked: { icon: "ban", tone: "crit", word: "link.revoked", rank: 2 },
  pending: { icon: "busy", tone: "busy", word: "link.pending", rank: 3 },
  closed: { icon: "lock", tone: "gone", word: "link.closed", rank: 4 },
  connected: { icon: "link", tone: "calm", word: "link.connected", rank: 5 },
};

export const fullName = (cluster: Cluster): string => `${cluster.tenant}/${cluster.name}`;

/** Whether a live link stands behind what is shown. */
export const isLinked = (cluster: Cluster): boolean => cluster.link.state === "connected" || cluster.link.state === "degraded";

/** When what is shown was true, if no link stands behind it; null for a cluster that is linked or was never seen. */
export function staleSince(cluster: Cluster): Date | null {
  if (isLinked(cluster) || !cluster.link.lastSeenAt) return null;
  return new Date(cluster.link.lastSeenAt);
}

export const sortKeys = ["link", "name", "kubernetes", "agent", "nodes", "cpu", "memory", "provider", "rtt", "seen"] as const;
export type SortKey = (typeof sortKeys)[number];

const text = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** What a column sorts by; undefined goes last in either direction. */
const values: Record<SortKey, (c: Cluster) => string | number | undefined> = {
  link: (c) => linkLooks[c.link.state].rank,
  name: fullName,
  kubernetes: (c) => c.facts?.kubernetesVersion,
  agent: (c) => c.facts?.agentVersion,
  nodes: (c) => c.facts?.nodes,
  cpu: (c) => c.facts?.cpuMillis,
  memory: (c) => c.facts?.memoryBytes,
  provider: (c) => (c.facts?.provider ? `${c.facts.provider} ${c.facts.region ?? ""}` : undefined),
  rtt: (c) => (isLinked(c) ? c.link.rttMillis : undefined),
  seen: (c) => (isLinked(c) ? Infinity : c.link.lastSeenAt && Date.parse(c.link.lastSeenAt)) || undefined,
};

/** Sorts by a column; equal ones by name, so that rows do not change places when nothing they show has changed. */
export function sortClusters(clusters: readonly Cluster[], key: SortKey, descending: boolean): Cluster[] {
  const value = values[key];
  return [...clusters].sort((a, b) => {
    const x = value(a);
    const y = value(b);
    let order = 0;
    if (x === undefined || y === undefined) {
      if (x !== y) return x === undefined ? 1 : -1;
    } else {
      order = typeof x === "number" && typeof y === "number" ? (x === y ? 0 : x - y) : text.compare(String(x), String(y));
    }
    return (descending ? -order : order) || text.compare(fullName(a), fullName(b)) || text.compare(a.id, b.id);
  });
}

/** Keeps the clusters in which every word of the filter occurs: in the name, the labels, the facts or the state's word. */
export function filterClusters(clusters: readonly Cluster[], filter: string, wordOf: (state: LinkState) => string): Cluster[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...clusters];
  return clusters.filter((c) => {
    const labels = Object.entries(c.labels).map(([k, v]) => `${k}=${v}`);
    const facts = [c.facts?.kubernetesVersion, c.facts?.agentVersion, c.facts?.provider, c.facts?.region];
    const hay = [fullName(c), c.description, c.link.state, wordOf(c.link.state), ...labels, ...facts].join("\n").toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

/** Reads "env=prod, team=web" or one a line. Returns the labels, or what cannot be read. */
export function parseLabels(input: string): { labels: Record<string, string> } | { wrong: string } {
  const labels: Record<string, string> = {};
  for (const part of input.split(/[\n,]/).map((p) => p.trim()).filter(Boolean)) {
    const at = part.indexOf("=");
    const key = part.slice(0, at).trim();
    if (at < 1 || !key) return { wrong: part };
    labels[key] = part.slice(at + 1).trim();
  }
  return { labels };
}

export const formatLabels = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort(text.compare)
    .join("\n");
