// One person's way through the console. `stop` takes a picture and runs axe.
import assert from "node:assert/strict";

export async function journey({ page, url, stop, email, password, fixture, expectConnect, narrow }) {
  // A page that was asked for, before sign-in.
  await page.goto(`${url}/clusters?sort=link`);
  const submit = page.getByRole("button", { name: "Sign in", exact: true });
  await submit.waitFor();
  await stop("sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(`${password} but wrong`);
  await submit.click();
  await page.getByRole("alert").waitFor();
  await stop("sign-in-refused");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await submit.click();

  await page.getByRole("heading", { name: "Clusters", level: 1 }).waitFor();
  assert.match(page.url(), /\/clusters\?sort=link$/, "after sign-in the page that was asked for opens");
  await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
  if (fixture) await page.getByRole("link", { name: "acme/acme-prod" }).waitFor();
  await stop("clusters");

  // Keys: ? shows them, / goes to the filter, esc empties and leaves it.
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await stop("keys");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  if (fixture) {
    await page.keyboard.press("/");
    await page.keyboard.type("no such cluster");
    await page.getByText("No cluster matches").waitFor();
    await stop("clusters-none");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
  }

  // Add a cluster.
  const name = `e2e-${Date.now().toString(36)}`;
  await page.goto(`${url}/clusters/add`);
  await page.getByLabel("Name", { exact: true }).waitFor();
  await stop("add");
  await page.getByRole("button", { name: "Add cluster" }).click();
  await page.getByText("Use lower-case letters").waitFor();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Labels").fill("env=test");
  await page.getByRole("button", { name: `Add ${name}` }).click();
  await page.getByRole("heading", { name: "Run this in the cluster" }).waitFor();
  await stop("add-commands");
  if (expectConnect) {
    await page.getByRole("heading", { name: "First things to try" }).waitFor({ timeout: fixture ? 15_000 : 300_000 });
    await stop("add-connected");
  }

  // Its drawer, by its row.
  await page.goto(`${url}/clusters?q=${name}`);
  await page.getByRole("link", { name }).click();
  await page.getByRole("complementary", { name: `Cluster ${name}` }).waitFor();
  await stop("drawer");
  await page.getByRole("button", { name: "Rename", exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill(`${name}-b`);
  await stop("rename");
  await page.getByRole("button", { name: `Rename ${name}` }).click();
  await page.getByRole("heading", { name: `${name}-b` }).waitFor();
  await page.getByRole("button", { name: "Delete…" }).click();
  const remove = page.getByRole("button", { name: `Delete ${name}-b` });
  assert.equal(await remove.isDisabled(), true, "deleting waits for the name");
  await page.getByLabel(/Type .* to confirm/).fill(`${name}-b`);
  await stop("delete");
  await remove.click();
  await page.getByRole("complementary").waitFor({ state: "detached" });

  if (fixture) {
    await page.goto(`${url}/clusters`);
    await page.getByRole("link", { name: "northwind-kliniken/northwind-hh" }).click();
    await page.getByRole("complementary", { name: "Cluster northwind-hh" }).waitFor();
    await stop("drawer-stale");
    await page.keyboard.press("Escape");
    if (!narrow) await page.locator('.row-link[href*="clusters/c_"]:focus').waitFor();

    // The stream is lost: the page says so and goes on showing the last state.
    await page.context().setOffline(true);
    await page.getByText(/Live updates stopped at/).waitFor();
    await stop("clusters-stale");
    await page.context().setOffline(false);
    await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
  }

  await page.getByRole("button", { name: /^Signed in as/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
  await stop("person");
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await submit.waitFor();
}
