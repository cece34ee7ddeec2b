import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { ApiError } from "../api/problem";
import { ClustersPage } from "../features/clusters/components/clusters-page";
import { sortKeys, type SortKey } from "../features/clusters/cluster-view";
import { meQuery } from "../features/session/api/session-queries";
import { SignInPage } from "../features/session/components/sign-in-page";
import { NotFound, RouteError } from "./fallbacks";
import { SignedIn } from "./signed-in";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet, notFoundComponent: NotFound, errorComponent: RouteError });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string } => (typeof search["next"] === "string" ? { next: search["next"] } : {}),
  component: SignInPage,
});

const frame = createRoute({
  getParentRoute: () => root,
  id: "frame",
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData(meQuery());
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way
      throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href }, replace: true });
    }
  },
  component: SignedIn,
});

const home = createRoute({
  getParentRoute: () => frame,
  path: "/",
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way
    throw redirect({ to: "/clusters", replace: true });
  },
});

interface ClustersSearch {
  q?: string;
  sort?: SortKey;
  desc?: true;
}

const clusters = createRoute({
  getParentRoute: () => frame,
  path: "/clusters",
  validateSearch: (search: Record<string, unknown>): ClustersSearch => {
    const sort = sortKeys.find((key) => key === search["sort"]);
    const q = search["q"];
    return {
      ...((typeof q === "string" || typeof q === "number") && q !== "" ? { q: String(q) } : {}),
      ...(sort ? { sort } : {}),
      ...(search["desc"] === true ? { desc: true as const } : {}),
    };
  },
  component: ClustersPage,
});

const cluster = createRoute({
  getParentRoute: () => clusters,
  path: "$id",
  component: lazyRouteComponent(() => import("../features/clusters/components/cluster-page"), "ClusterPage"),
});

const addCluster = createRoute({
  getParentRoute: () => frame,
  path: "/clusters/add",
  component: lazyRouteComponent(() => import("../features/clusters/components/add-cluster-page"), "AddClusterPage"),
});

const tree = root.addChildren([signIn, frame.addChildren([home, clusters.addChildren([cluster]), addCluster])]);

/** The pages and their addresses. */
export function makeRouter(queries: QueryClient) {
  return createRouter({ routeTree: tree, context: { queries }, defaultPreload: "intent", defaultPendingMs: 300 });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
