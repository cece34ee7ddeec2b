import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./theme/mantine.css";
import "./theme/tokens.css";
import "./theme/base.css";
import "./theme/controls.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app";
import { loadCatalogue, preferredLocale } from "./i18n/catalogue";

const locale = preferredLocale();
const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
const catalogue = await loadCatalogue(locale);
createRoot(place).render(
  <StrictMode>
    <App initial={{ locale, catalogue }} />
  </StrictMode>,
);
