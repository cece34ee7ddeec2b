import { useI18n } from "../../../i18n/i18n-context";
import { Icon } from "../../../shared/icon";
import { useNow } from "../../../shared/use-now";
import type { Cluster } from "../api/cluster-queries";
import { isLinked, staleSince } from "../cluster-view";

/** How fresh what is shown is: live, or "as of 14:02, 3 h", or never seen. */
export function LastSeen(props: { cluster: Cluster; followed: boolean; long?: boolean }) {
  const { t, formats } = useI18n();
  const now = useNow();
  const { cluster } = props;
  if (isLinked(cluster)) {
    // Without the event stream nobody can say that it is live still.
    return <span className={props.followed ? "t2" : "t3"}>{props.followed ? t("seen.live") : t("seen.unknown")}</span>;
  }
  const since = staleSince(cluster);
  if (!since) return <span className="t3">{t("seen.never")}</span>;
  const clock = formats.clock(since, new Date(now));
  const age = formats.age(now - since.getTime());
  return (
    <span className="age" title={formats.full(since)}>
      <Icon name="clock" />
      <time dateTime={since.toISOString()}>
        {props.long ? (
          t("seen.asOfLong", { clock, age })
        ) : (
          <>
            <span className="as-of">{t("seen.asOf")} </span>
            {t("seen.short", { clock, age })}
          </>
        )}
      </time>
    </span>
  );
}
