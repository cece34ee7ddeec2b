import { Button } from "@mantine/core";
import { ApiError } from "../api/problem";
import { useI18n } from "../i18n/i18n-context";
import { Icon } from "./icon";

function useDetail(error: Error): string {
  const { t } = useI18n();
  if (!(error instanceof ApiError)) return t("error.unexpected", { message: error.message });
  if (!error.problem) return t("error.unreachable");
  return error.problem.detail || t("error.status", { status: error.status });
}

function Request(props: { error: Error }) {
  const { t, formats } = useI18n();
  if (!(props.error instanceof ApiError) || !props.error.problem?.requestId) return null;
  const { at, problem } = props.error;
  return (
    <p className="request s12">
      {t("error.request")} <span className="mono">{problem.requestId}</span> · <time dateTime={at.toISOString()}>{formats.clock(at, at)}</time>
    </p>
  );
}

/** What went wrong, beside the control that caused it. */
export function ErrorNotice(props: { error: Error; title?: string }) {
  const detail = useDetail(props.error);
  return (
    <div className="notice critbg" role="alert">
      <Icon name="crit" />
      <div>
        {props.title && <p className="m">{props.title}</p>}
        <p>{detail}</p>
        <Request error={props.error} />
      </div>
    </div>
  );
}

/** A page that could not be read: what failed, what to do, the request id. */
export function ErrorState(props: { error: Error; title: string; onRetry: () => void }) {
  const { t } = useI18n();
  const detail = useDetail(props.error);
  return (
    <div className="mid" role="alert">
      <Icon name="crit" className="i20 crit" />
      <h2>{props.title}</h2>
      <p>{detail}</p>
      <div className="row">
        <Button onClick={props.onRetry} leftSection={<Icon name="roll" />}>
          {t("error.retry")}
        </Button>
      </div>
      <Request error={props.error} />
    </div>
  );
}
