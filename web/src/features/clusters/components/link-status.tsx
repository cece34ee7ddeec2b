import { useI18n } from "../../../i18n/i18n-context";
import { Icon } from "../../../shared/icon";
import type { LinkState } from "../api/cluster-queries";
import { linkLooks } from "../cluster-view";

/** The state of a link: icon and word, always both. */
export function LinkStatus(props: { state: LinkState; title?: string | undefined }) {
  const { t } = useI18n();
  const look = linkLooks[props.state];
  return (
    <span className={`st ${look.tone}`} title={props.title}>
      <Icon name={look.icon} />
      <span className="cut">{t(look.word)}</span>
    </span>
  );
}
