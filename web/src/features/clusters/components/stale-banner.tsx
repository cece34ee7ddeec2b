import { useI18n } from "../../../i18n/i18n-context";
import { Icon } from "../../../shared/icon";
import type { FeedStatus } from "../api/cluster-feed";

/** Says that what is shown is the last state, since the event stream is lost. */
export function StaleBanner(props: { feed: FeedStatus }) {
  const { t, formats } = useI18n();
  const at = new Date(props.feed.since);
  return (
    <div role="status">
      {props.feed.state === "lost" && (
        <div className="notice warnbg banner">
          <Icon name="warn" />
          <div>
            <b className="m">{t("feed.stopped", { clock: formats.clock(at, at) })}</b> <span className="t2">{t("feed.lastState")}</span>
          </div>
        </div>
      )}
    </div>
  );
}
