import { useQuery } from "@tanstack/react-query";
import { clustersQuery } from "../features/clusters/api/cluster-queries";

/** How many clusters there are, once they are known. */
export function useClusterCount(): number | undefined {
  return useQuery({ ...clustersQuery(), select: (clusters) => clusters.length }).data;
}
