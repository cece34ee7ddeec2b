import { Button } from "@mantine/core";
import { Link, useRouter } from "@tanstack/react-router";
import { useI18n } from "../i18n/i18n-context";
import { ErrorState } from "../shared/error-notice";
import { Icon } from "../shared/icon";

/** An address that leads nowhere. */
export function NotFound() {
  const { t } = useI18n();
  return (
    <main className="fallback">
      <div className="mid">
        <Icon name="gone" className="i20 t3" />
        <h2>{t("notFound.title")}</h2>
        <p>{t("notFound.text")}</p>
        <div className="row">
          <Button component={Link} to="/clusters">
            {t("notFound.back")}
          </Button>
        </div>
      </div>
    </main>
  );
}

/** A page that could not be opened at all: the hub does not answer, or the page itself failed. */
export function RouteError(props: { error: unknown }) {
  const { t } = useI18n();
  const router = useRouter();
  return (
    <main className="fallback">
      <ErrorState error={props.error instanceof Error ? props.error : new Error(String(props.error))} title={t("error.page")} onRetry={() => void router.invalidate()} />
    </main>
  );
}
