import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useState } from "react";
import type { Key } from "../i18n/catalogue";
import { useI18n } from "../i18n/i18n-context";
import { Icon, type IconName } from "../shared/icon";
import { Logo } from "../shared/logo";
import { useKeys } from "../shared/use-keys";
import { KeysDialog } from "./keys-dialog";
import { PersonMenu } from "./person-menu";
import { Pulse } from "./pulse";
import { ThemeMenu } from "./theme-menu";
import { useClusterCount } from "./use-cluster-count";
import "./frame.css";

/** The sections that exist. The rail shows these and nothing else; on a phone the bar at the bottom appears with the second. */
const sections: readonly { to: "/clusters"; icon: IconName; text: Key & "nav.clusters"; group: number }[] = [{ to: "/clusters", icon: "clusters", text: "nav.clusters", group: 0 }];

const slimKey = "fairlead.rail";

/** Rail and top bar, and the sheet on which each page lies. */
export function Frame() {
  const { t } = useI18n();
  const { pathname } = useLocation();
  const [slim, setSlim] = useState(() => localStorage.getItem(slimKey) === "slim");
  const [keys, setKeys] = useState(false);
  const count = useClusterCount();
  useKeys({
    "?": () => {
      setKeys(true);
    },
  });
  const links = sections.map((s) => (
    <Link key={s.to} to={s.to} title={slim ? t(s.text) : undefined} aria-current={pathname.startsWith(s.to) ? "page" : undefined}>
      <Icon name={s.icon} />
      <span>{t(s.text)}</span>
      {count !== undefined && <span className="n">{count}</span>}
    </Link>
  ));
  return (
    <div className={`frame ${slim ? "slim" : ""} ${sections.length > 1 ? "tabbed" : ""}`}>
      <a className="skip" href="#main">
        {t("frame.skip")}
      </a>
      <nav className="rail" aria-label={t("frame.sections")}>
        <Link to="/" className="brand" aria-label={t("frame.home")}>
          <Logo />
          <span>Fairlead</span>
        </Link>
        <div className="nav">{links}</div>
        <div className="rail-foot">
          <button
            type="button"
            aria-pressed={slim}
            title={slim ? t("frame.expand") : undefined}
            onClick={() => {
              localStorage.setItem(slimKey, slim ? "wide" : "slim");
              setSlim(!slim);
            }}
          >
            <Icon name="rail" />
            <span>{t("frame.collapse")}</span>
            {slim && <span className="sr">{t("frame.expand")}</span>}
          </button>
        </div>
      </nav>
      <header className="top">
        <Link to="/" className="brand" aria-label={t("frame.home")}>
          <Logo />
        </Link>
        <Pulse />
        <ThemeMenu />
        <PersonMenu
          onKeys={() => {
            setKeys(true);
          }}
        />
      </header>
      <main className="main" id="main" tabIndex={-1}>
        <Outlet />
      </main>
      {sections.length > 1 && (
        <nav className="tabbar" aria-label={t("frame.sections")}>
          {links}
        </nav>
      )}
      <KeysDialog
        opened={keys}
        onClose={() => {
          setKeys(false);
        }}
      />
    </div>
  );
}
