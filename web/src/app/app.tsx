import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { onSignedOut } from "../api/refresh";
import type { Catalogue, Locale } from "../i18n/catalogue";
import { I18nProvider } from "../i18n/i18n-context";
import { useColorScheme } from "../theme/color-scheme";
import { mantineTheme, mantineVariables } from "../theme/mantine-theme";
import { makeRouter } from "./router";

const queries = new QueryClient({
  defaultOptions: {
    // The event stream keeps lists; nothing is read again because a window came to the front.
    queries: { refetchOnWindowFocus: false, refetchOnReconnect: false, networkMode: "always", retry: 1 },
    mutations: { networkMode: "always", retry: false },
  },
});
const router = makeRouter(queries);

onSignedOut(() => {
  const { pathname, href } = router.state.location;
  if (pathname === "/sign-in") return;
  void router.navigate({ to: "/sign-in", search: { next: href }, replace: true }).then(() => {
    queries.clear();
  });
});

/** The console. */
export function App(props: { initial: { locale: Locale; catalogue: Catalogue } }) {
  const { scheme } = useColorScheme();
  return (
    <MantineProvider theme={mantineTheme} cssVariablesResolver={mantineVariables} forceColorScheme={scheme}>
      <I18nProvider initial={props.initial}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </I18nProvider>
    </MantineProvider>
  );
}
