// Journeys in a real browser: sign-in, clusters, add a cluster, drawer and dialogs; axe and a picture at each stop,
// in both themes at 1440 and 360 px. Fails on any axe violation, any error in the browser's console, any page that is
// wider than its window. Without --url it starts the fixture.
//
//   npm run e2e -- --url https://localhost:8443 --ca ca.pem --email owner@example.com --password-file pw --out shots
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { get } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { journey } from "./journey.mjs";

const { values: args } = parseArgs({
  options: {
    url: { type: "string" },
    ca: { type: "string" }, // the hub's certificate is checked against it before the browser, which checks none, is started
    email: { type: "string", default: "owner@example.com" },
    password: { type: "string" },
    "password-file": { type: "string" }, // so that no password is in a process list
    out: { type: "string", default: "e2e-shots" },
    "expect-connect": { type: "boolean" }, // wait until the added cluster is connected (fixture: always)
  },
});

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const failures = [];
let fixture;
let url = args.url;

if (!url) {
  fixture = spawn(process.execPath, [fileURLToPath(new URL("fixture/server.mjs", import.meta.url)), "--port", "4190", "--connect-after", "2500"], { stdio: ["ignore", "pipe", "inherit"] });
  url = (await new Promise((resolve) => fixture.stdout.once("data", resolve))).toString().trim();
}
if (args.ca) {
  await new Promise((resolve, reject) => {
    get(new URL("/api/v1/hub", url), { ca: readFileSync(args.ca) }, (res) => (res.resume(), res.statusCode === 200 ? resolve() : reject(new Error(`/api/v1/hub: ${res.statusCode}`)))).on("error", reject);
  });
}
const password = args.password ?? (args["password-file"] ? readFileSync(args["password-file"], "utf8").trimEnd() : "correct horse");

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
mkdirSync(args.out, { recursive: true });
try {
  for (const scheme of ["dark", "light"]) {
    for (const viewport of [{ width: 1440, height: 900 }, { width: 360, height: 760 }]) {
      const context = await browser.newContext({ viewport, colorScheme: scheme, ignoreHTTPSErrors: true, locale: "en-GB", reducedMotion: "reduce", hasTouch: viewport.width < 500 });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      const place = `${scheme} ${viewport.width}`;
      page.on("console", (message) => {
        // A 401 before sign-in is the hub's proper answer; the browser logs it all the same.
        if (message.type() === "error" && !/status of 401|status of 409/.test(message.text())) failures.push(`${place}: console: ${message.text()}`);
      });
      page.on("pageerror", (error) => failures.push(`${place}: ${error.stack ?? error}`));
      const stop = async (name) => {
        await page.screenshot({ path: join(args.out, `${name}-${scheme}-${viewport.width}.png`) });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) failures.push(`${place}: ${name} is ${wide} px wider than the window`);
        // Through the debugger, as the hub's policy allows no foreign script.
        await page.evaluate(axeSource);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
        for (const v of violations) failures.push(`${place}: ${name}: axe ${v.id}: ${v.help}: ${v.nodes.map((n) => `${n.target} ${n.any[0]?.message ?? ""}`).join("; ")}`);
      };
      try {
        await journey({ page, url, stop, email: args.email, password, fixture: Boolean(fixture), expectConnect: args["expect-connect"] || Boolean(fixture), narrow: viewport.width < 700 });
        console.log(`ok   ${place}`);
      } catch (error) {
        failures.push(`${place}: ${error.stack}`);
        await page.screenshot({ path: join(args.out, `failed-${scheme}-${viewport.width}.png`) });
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  fixture?.kill();
}
for (const failure of failures) console.error(`FAIL ${failure}`);
console.log(`${failures.length} failures; pictures in ${args.out}`);
process.exit(failures.length ? 1 : 0);
