import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useI18n } from "../../../i18n/i18n-context";
import { useTitle } from "../../../shared/use-title";
import { Logo } from "../../../shared/logo";
import { hubQuery, useSignIn } from "../api/session-queries";
import { safeNext } from "../next-path";
import { SignInForm } from "./sign-in-form";
import "./sign-in.css";

/** The first page of who is not signed in. */
export function SignInPage() {
  const { t } = useI18n();
  const navigate = useNavigate();
  const { next } = useSearch({ from: "/sign-in" });
  const signIn = useSignIn();
  const hub = useQuery(hubQuery());
  useTitle(t("signIn.title"));
  return (
    <main className="signin">
      <div className="signin-box">
        <div className="row">
          <Logo />
          <span className="h2">Fairlead</span>
        </div>
        <h1>{t("signIn.title")}</h1>
        <p className="t2">{t("signIn.to", { host: location.host })}</p>
        <SignInForm
          busy={signIn.isPending || signIn.isSuccess}
          error={signIn.error}
          onSubmit={(credentials) => {
            signIn.mutate(credentials, { onSuccess: () => void navigate({ href: safeNext(next), replace: true }) });
          }}
        />
        <p className="t3 s12">{hub.data && t("signIn.version", { version: hub.data.version })}</p>
      </div>
    </main>
  );
}
