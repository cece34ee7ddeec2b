import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answerOf, client } from "../api/client";
import { ApiError } from "../api/problem";
import { ClusterFeed } from "../features/clusters/api/cluster-feed";
import { FeedContext } from "../features/clusters/api/feed-context";
import { Frame } from "./frame";

/** Everything behind the sign-in: the frame, and the tab's one event stream, which lives as long as it. */
export function SignedIn() {
  const queries = useQueryClient();
  const [feed] = useState(
    () =>
      new ClusterFeed({
        queries,
        alive: () =>
          answerOf(client.GET("/me")).then(
            () => true,
            (error: unknown) => {
              if (error instanceof ApiError && error.status === 401) return false;
              throw error;
            },
          ),
      }),
  );
  useEffect(() => {
    feed.start();
    return () => {
      feed.stop();
    };
  }, [feed]);
  return (
    <FeedContext value={feed}>
      <Frame />
    </FeedContext>
  );
}
