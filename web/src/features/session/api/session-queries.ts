import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answerOf, client, type Schemas } from "../../../api/client";

/** Who is signed in. It stays until sign-in or sign-out. */
export const meQuery = () =>
  queryOptions({
    queryKey: ["me"],
    queryFn: ({ signal }) => answerOf(client.GET("/me", { signal })),
    staleTime: Infinity,
    retry: false,
  });

/** What anybody may know of the hub: its address is part of the commands that the console shows. */
export const hubQuery = () =>
  queryOptions({
    queryKey: ["hub"],
    queryFn: ({ signal }) => answerOf(client.GET("/hub", { signal })),
    staleTime: Infinity,
  });

/** Starts a session in cookies. */
export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (credentials: Pick<Schemas["SignIn"], "email" | "password">) =>
      answerOf(client.POST("/session", { body: { ...credentials, cookie: true } })),
    onSuccess: (session) => {
      queries.clear();
      queries.setQueryData(meQuery().queryKey, session.user);
    },
  });
}

/** Ends the session, here and at the hub. */
export function useSignOut() {
  return useMutation({ mutationFn: () => answerOf(client.DELETE("/session")) });
}
