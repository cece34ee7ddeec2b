import { ActionIcon, Menu } from "@mantine/core";
import { useI18n } from "../i18n/i18n-context";
import { Icon } from "../shared/icon";
import { schemes, useColorScheme } from "../theme/color-scheme";

/** System, light or dark. */
export function ThemeMenu() {
  const { t } = useI18n();
  const { choice, choose } = useColorScheme();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t("theme.label")} title={t("theme.label")}>
          <Icon name="theme" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("theme.label")}</Menu.Label>
        {schemes.map((scheme) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={scheme === choice}
            rightSection={scheme === choice && <Icon name="check" />}
            onClick={() => {
              choose(scheme);
            }}
          >
            {t(`theme.${scheme}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
