import { createContext, useContext, useSyncExternalStore } from "react";
import type { FeedStatus } from "./cluster-feed";

/** What the page needs of the feed: its status and when that changes. */
export interface FeedSource {
  status: () => FeedStatus;
  subscribe: (listener: () => void) => () => void;
}

export const FeedContext = createContext<FeedSource | null>(null);

export function useFeedStatus(): FeedStatus {
  const feed = useContext(FeedContext);
  if (!feed) throw new Error("useFeedStatus outside of FeedContext");
  return useSyncExternalStore(feed.subscribe, feed.status);
}
