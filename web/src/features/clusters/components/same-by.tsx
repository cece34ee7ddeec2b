import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useI18n } from "../../../i18n/i18n-context";
import { CopyButton } from "../../../shared/copy-button";
import type { SameBy as Lines } from "../cli-lines";

/** The same action by command line and by API, to copy. */
export function SameBy(props: { lines: Lines }) {
  const { t } = useI18n();
  const [by, setBy] = useState<keyof Lines>("cli");
  return (
    <div>
      <div className="row same-by">
        <h3 className="h3">{t("sameBy.title")}</h3>
        <SegmentedControl
          className="end"
          aria-label={t("sameBy.title")}
          value={by}
          onChange={(value) => {
            setBy(value === "api" ? "api" : "cli");
          }}
          data={[
            { value: "cli", label: "fairlead" },
            { value: "api", label: "API" },
          ]}
        />
      </div>
      <pre className="code">
        <span className="c">$ </span>
        {props.lines[by]}
        <CopyButton value={props.lines[by]} />
      </pre>
    </div>
  );
}
