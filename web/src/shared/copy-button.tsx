import { ActionIcon, Button, CopyButton as MantineCopyButton } from "@mantine/core";
import { useI18n } from "../i18n/i18n-context";
import { Icon } from "./icon";

/** Copies a text and says so in place. With `label` it is a button with words, else an icon. */
export function CopyButton(props: { value: string; label?: string }) {
  const { t } = useI18n();
  return (
    <MantineCopyButton value={props.value} timeout={2000}>
      {({ copied, copy }) =>
        props.label ? (
          <Button onClick={copy} leftSection={<Icon name={copied ? "check" : "copy"} />}>
            {copied ? t("copied") : props.label}
          </Button>
        ) : (
          <ActionIcon onClick={copy} aria-label={copied ? t("copied") : t("copy")} title={t("copy")}>
            <Icon name={copied ? "check" : "copy"} />
          </ActionIcon>
        )
      }
    </MantineCopyButton>
  );
}
