import { ActionIcon, Menu } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { meQuery, useSignOut } from "../features/session/api/session-queries";
import { localeNames, locales } from "../i18n/catalogue";
import { useI18n } from "../i18n/i18n-context";
import { ErrorNotice } from "../shared/error-notice";
import { Icon } from "../shared/icon";

/** Two letters for a person. */
export function initialsOf(name: string, email: string): string {
  const words = (name || email.split("@")[0] || "?").split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? `${words[0]?.[0] ?? ""}${words.at(-1)?.[0] ?? ""}` : (words[0] ?? "?").slice(0, 2);
  return letters.toUpperCase();
}

/** Who is signed in; language, keys, sign out. */
export function PersonMenu(props: { onKeys: () => void }) {
  const { t, locale, setLocale } = useI18n();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const me = useQuery(meQuery()).data;
  const signOut = useSignOut();
  if (!me) return null;
  return (
    <Menu position="bottom-end" closeOnItemClick>
      <Menu.Target>
        <ActionIcon aria-label={t("person.label", { name: me.name || me.email })} title={me.email}>
          <span className="person">{initialsOf(me.name ?? "", me.email)}</span>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="person-head">
          {me.name && <span className="m cut">{me.name}</span>}
          <span className="t2 s12 cut">{me.email}</span>
          <span className="t3 s12 cut">{t(me.role === "owner" ? "person.owner" : "person.member")}</span>
        </div>
        <Menu.Divider />
        <Menu.Label>{t("person.language")}</Menu.Label>
        {locales.map((l) => (
          <Menu.Item
            key={l}
            role="menuitemradio"
            aria-checked={l === locale}
            lang={l}
            rightSection={l === locale && <Icon name="check" />}
            onClick={() => {
              setLocale(l);
            }}
          >
            {localeNames[l]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item rightSection={<kbd>?</kbd>} onClick={props.onKeys}>
          {t("keys.title")}
        </Menu.Item>
        <Menu.Item
          closeMenuOnClick={false}
          onClick={() => {
            signOut.mutate(undefined, {
              onSuccess: () => {
                void navigate({ to: "/sign-in" }).then(() => {
                  queries.clear();
                });
              },
            });
          }}
        >
          {signOut.isPending ? t("working") : t("person.signOut")}
        </Menu.Item>
        {signOut.error && <ErrorNotice error={signOut.error} />}
      </Menu.Dropdown>
    </Menu>
  );
}
