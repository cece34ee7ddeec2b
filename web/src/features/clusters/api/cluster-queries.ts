import { queryOptions, useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { answerOf, client, type Schemas } from "../../../api/client";

export type Cluster = Schemas["Cluster"];
export type Enrolment = Schemas["Enrolment"];
export type LinkState = Cluster["link"]["state"];

const listKey = ["clusters"] as const;
const pageSize = 500;

/**
 * All clusters that the person reaches, page by page. Once read, the event stream keeps the list (cluster-feed.ts): nothing
 * here polls, and a reading that ends after the stream has told everything gives way to what the stream told.
 */
export const clustersQuery = () =>
  queryOptions({
    queryKey: listKey,
    queryFn: async ({ client: queries, signal }): Promise<Cluster[]> => {
      const items: Cluster[] = [];
      let cursor: string | undefined;
      do {
        const page = await answerOf(client.GET("/clusters", { params: { query: { limit: pageSize, cursor } }, signal }));
        items.push(...(page.items ?? []));
        cursor = page.nextCursor;
      } while (cursor);
      return (isFollowed(queries) ? queries.getQueryData<Cluster[]>(listKey) : undefined) ?? items;
    },
    staleTime: Infinity,
    retry: false,
  });

const followedKey = ["clusters", "followed"] as const;
const isFollowed = (queries: QueryClient) => queries.getQueryData<boolean>(followedKey) === true;

/** Says whether the event stream is the source of the list at the moment. */
export function setFollowed(queries: QueryClient, followed: boolean): void {
  queries.setQueryData(followedKey, followed);
}

/** Puts the whole list in place. */
export function replaceClusters(queries: QueryClient, clusters: Cluster[]): void {
  queries.setQueryData<Cluster[]>(listKey, clusters);
}

/** Applies changes to the list in one go: a cluster replaces or joins, `null` removes. */
export function changeClusters(queries: QueryClient, changes: ReadonlyMap<string, Cluster | null>): void {
  if (changes.size === 0) return;
  queries.setQueryData<Cluster[]>(listKey, (before) => {
    if (!before) return before;
    const rest = new Map(changes);
    const after: Cluster[] = [];
    for (const cluster of before) {
      const change = rest.get(cluster.id);
      rest.delete(cluster.id);
      if (change === undefined) after.push(cluster);
      else if (change) after.push(change);
    }
    for (const added of rest.values()) if (added) after.push(added);
    return after;
  });
}

/** Adds a cluster in state pending, and gets the commands that install its agent. */
export function useCreateCluster() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["CreateCluster"]) => answerOf(client.POST("/clusters", { body })),
    onSuccess: ({ cluster }) => {
      changeClusters(queries, new Map([[cluster.id, cluster]]));
    },
    // The answer holds the token: it is not to stay in memory longer than the page that shows it.
    gcTime: 0,
  });
}

export function useUpdateCluster(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["UpdateCluster"]) => answerOf(client.PATCH("/clusters/{id}", { params: { path: { id } }, body })),
    onSuccess: (cluster) => {
      changeClusters(queries, new Map([[id, cluster]]));
    },
  });
}

export function useRevokeCluster(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answerOf(client.POST("/clusters/{id}/revoke", { params: { path: { id } } })),
    onSuccess: (cluster) => {
      changeClusters(queries, new Map([[id, cluster]]));
    },
  });
}

export function useDeleteCluster(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answerOf(client.DELETE("/clusters/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      changeClusters(queries, new Map([[id, null]]));
    },
  });
}

/** Makes a new enrolment token; unused ones before it end. */
export function useCreateEnrolment(id: string) {
  return useMutation({
    mutationFn: () => answerOf(client.POST("/clusters/{id}/enrolment-tokens", { params: { path: { id } } })),
    gcTime: 0,
  });
}
