// Fails when the JavaScript of the first page is above the budget: the entry and everything that it imports statically.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const budget = 250 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
if (!entry) throw new Error("no entry in dist/.vite/manifest.json: run `npm run build` first");

const scripts = new Set();
const styles = new Set();
(function visit(key) {
  const chunk = manifest[key];
  if (scripts.has(chunk.file)) return;
  scripts.add(chunk.file);
  for (const css of chunk.css ?? []) styles.add(css);
  for (const next of chunk.imports ?? []) visit(next);
})(entry);

const weigh = (file) => gzipSync(readFileSync(new URL(file, dist))).length;
const sum = (files) => [...files].reduce((total, file) => total + weigh(file), 0);
const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const script = sum(scripts);
console.log(`initial JavaScript ${kb(script)} gzip in ${scripts.size} files (budget ${kb(budget)}), styles ${kb(sum(styles))}`);
if (script > budget) {
  console.error(`above the budget by ${kb(script - budget)}`);
  process.exit(1);
}
