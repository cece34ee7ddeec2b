// Sets the theme before the first paint. A file of its own, because the hub's content security policy allows no inline script.
// The same rule as in src/theme/color-scheme.ts: what is stored wins, else the system.
(function () {
  var stored = null;
  try {
    stored = localStorage.getItem("fairlead.theme");
  } catch {
    // Storage may be forbidden; then the system decides.
  }
  var light = stored === "light" || (stored !== "dark" && matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.dataset.theme = light ? "light" : "dark";
})();
