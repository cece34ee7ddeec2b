import type { Schemas } from "../../api/client";
import { fullName } from "./cluster-view";
import type { Cluster } from "./api/cluster-queries";

/** The same action by other means. Lines are for a POSIX shell; everything from outside is quoted. */
export interface SameBy {
  cli: string;
  api: string;
}

const plain = /^[A-Za-z0-9_./:@%+=,-]+$/;
const quoted = (value: string): string => (plain.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`);

function curl(method: string, path: string, body?: unknown): string {
  const lines = [`curl -X ${method} ${quoted(`${location.origin}/api/v1${path}`)}`, `  -H "Authorization: Bearer $FAIRLEAD_TOKEN"`];
  if (body !== undefined) lines.push(`  -H 'Content-Type: application/json'`, `  -d ${quoted(JSON.stringify(body))}`);
  return lines.join(" \\\n");
}

const byId = (cluster: Cluster, rest = "") => `/clusters/${encodeURIComponent(cluster.id)}${rest}`;

const labelFlags = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => ` --label ${quoted(`${key}=${value}`)}`)
    .join("");

export const createLines = (body: Schemas["CreateCluster"]): SameBy => ({
  cli: `fairlead clusters create ${quoted(body.name || "NAME")}${body.tenant ? ` --tenant ${quoted(body.tenant)}` : ""}${body.description ? ` --description ${quoted(body.description)}` : ""}${labelFlags(body.labels ?? {})}`,
  api: curl("POST", "/clusters", body),
});

export const renameLines = (cluster: Cluster, name: string): SameBy => ({
  cli: `fairlead clusters rename ${quoted(fullName(cluster))} ${quoted(name || "NEW-NAME")}`,
  api: curl("PATCH", byId(cluster), { name }),
});

export const labelLines = (cluster: Cluster, labels: Record<string, string>): SameBy => ({
  cli: `fairlead clusters label ${quoted(fullName(cluster))} --replace${Object.entries(labels)
    .map(([key, value]) => ` ${quoted(`${key}=${value}`)}`)
    .join("")}`,
  api: curl("PATCH", byId(cluster), { labels }),
});

export const enrolLines = (cluster: Cluster): SameBy => ({
  cli: `fairlead clusters token ${quoted(fullName(cluster))}`,
  api: curl("POST", byId(cluster, "/enrolment-tokens")),
});

export const revokeLines = (cluster: Cluster): SameBy => ({
  cli: `fairlead clusters revoke ${quoted(fullName(cluster))}`,
  api: curl("POST", byId(cluster, "/revoke")),
});

export const deleteLines = (cluster: Cluster): SameBy => ({
  cli: `fairlead clusters delete ${quoted(fullName(cluster))}`,
  api: curl("DELETE", byId(cluster)),
});

/** What to try first with a cluster that has just connected. */
export const firstLines = (cluster: Cluster, hubURL: string): string[] => [
  `fairlead login ${quoted(hubURL)}`,
  `fairlead kubeconfig ${quoted(fullName(cluster))}`,
  `kubectl get nodes`,
];
