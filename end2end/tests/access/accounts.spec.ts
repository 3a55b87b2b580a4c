import { environment } from "../../support/environment";
import { expect, newContext, test } from "../../support/fixtures";
import { createAccount, Dialog, fillLogin, firstLogin, importCluster, login, menu, open } from "../../support/pages";

const first = "First-password-1";
const person = { name: "li.na", password: "Own-password-22" };

test("[P-29] a sub-account is made, signs in, is disabled while at work, enabled, gets another role, is reset and deleted", async ({ own, browser }) => {
  test.setTimeout(150_000);
  const cluster = await importCluster(own.page, environment.kubeconfig, "team");
  await createAccount(own.page, { name: person.name, password: first }, "full");
  const context = await newContext(browser, own.gantry.url);
  const page = await context.newPage();
  await firstLogin(page, person, first);
  await open(page, `/clusters/${cluster}/pods`);
  await expect(page.locator("tr[data-key]").first()).toBeVisible();

  const act = async (id: string) => {
    await open(own.page, "/access/accounts");
    const line = own.page.locator("tr[data-key]", { hasText: person.name });
    const items = await menu(line);
    const labels: Record<string, RegExp> = {
      disable: /^Disable/, enable: /^Enable/, role: /^Change role/, reset: /^Reset password/, delete: /^Delete/,
    };
    await items.getByRole("menuitem", { name: labels[id]! }).click();
    return new Dialog(own.page).shown();
  };

  await test.step("disabled: the open page is told within seconds, the session is dead, nobody signs in", async () => {
    await (await act("disable")).submit();
    await expect(page.locator("dialog#sign-in-dialog")).toBeVisible({ timeout: 10_000 });
    await page.goto("/clusters");
    await expect(page).toHaveURL(/\/login/);
    await fillLogin(page, person);
    await expect(page.locator(".g-banner[role=alert]")).toContainText("disabled");
  });

  await test.step("enabled again", async () => {
    await (await act("enable")).submit();
    await login(page, person);
    await open(page, `/clusters/${cluster}`);
  });

  await test.step("a role that is taken away ends what is open", async () => {
    await open(page, `/clusters/${cluster}/pods`);
    await expect(page.locator("tr[data-key]").first()).toBeVisible();
    const dialog = await act("role");
    await dialog.field("role").locator("input[value=none]").check();
    await dialog.submit();
    // The live table says that the right is gone; the next page does not exist for this account any more.
    await expect(page.locator("body")).toContainText(/may not|does not exist|rights/i, { timeout: 10_000 });
    expect((await page.goto(`/clusters/${cluster}/pods`))?.status()).toBe(404);
  });

  await test.step("a reset password must be changed", async () => {
    const dialog = await act("reset");
    await dialog.confirm.click();
    // It is shown once: the dialog stays until it was copied.
    const once = (await dialog.box.locator(".g-snippet").innerText()).trim();
    expect(once).toMatch(/^\S{12,}$/);
    await expect(dialog.box.getByRole("button", { name: "Copy" })).toBeVisible();
    await expect(dialog.confirm).toBeHidden();
    await dialog.close();
    await page.goto("/clusters");
    await expect(page).toHaveURL(/\/login/);
    await fillLogin(page, person);
    await expect(page.locator(".g-banner[role=alert]")).toBeVisible();
    await fillLogin(page, { name: person.name, password: once });
    await expect(page).toHaveURL(/\/profile\/password/);
    await page.goto("/clusters");
    await expect(page).toHaveURL(/\/profile\/password/);
  });

  await test.step("deleted by typing its name", async () => {
    const dialog = await act("delete");
    await expect(dialog.confirm).toHaveAttribute("aria-disabled", "true");
    await dialog.box.locator("[data-typed-name]").fill(person.name);
    await dialog.submit();
    await expect(own.page.locator("tr[data-key]", { hasText: person.name })).toHaveCount(0);
    await page.goto("/clusters");
    await expect(page).toHaveURL(/\/login/);
  });
  await context.close();
});

test("[P-29] names and passwords that cannot be are refused beside their field, and what was typed stays", async ({ own }) => {
  const page = own.page;
  await page.goto("/access/accounts/~new");
  const submit = page.locator("form[action='/access/accounts/~new'] button[type=submit]");
  for (const [name, password, repeated, field] of [
    ["two words", first, first, "name"],
    ["root", first, first, "name"],
    ["ＲＯＯＴ", first, first, "name"],
    ["r\u043e\u043et", first, first, "name"],
    ["ok-name", "short", "short", "password"],
    ["ok-name", "password123", "password123", "password"],
    ["ok-name", first, `${first}x`, "repeated"],
  ] as const) {
    await page.locator("input[name=name]").fill(name);
    await page.locator("input[name=password]").fill(password);
    await page.locator("input[name=repeated]").fill(repeated);
    await submit.click();
    await expect(page.locator(`#${field}-error`)).toBeVisible();
    await expect(page.locator("input[name=name]")).toHaveValue(name);
    await expect(page.locator(`input[name=${field}]`)).toHaveAttribute("aria-invalid", "true");
  }
});

test("[P-31] an account without rights sees no cluster, and direct addresses do not exist for it", async ({ as, at, namespace }) => {
  const page = await as("nobody");
  await open(page, "/");
  await expect(page.locator("tr[data-key]")).toHaveCount(0);
  await expect(page.getByText("No cluster is visible to you")).toBeVisible();
  for (const address of [at(), at("pods"), at("deployments.apps", "~new"), at("namespaces", "-", namespace), "/clusters", "/clusters/~import", "/access/accounts"]) {
    expect([403, 404], address).toContain((await page.goto(address))?.status());
    await expect(page.locator("body")).not.toContainText(namespace);
  }
  expect((await page.goto(at("pods")))?.status()).toBe(404);
});

test("[P-32] the main account reaches every page without any policy", async ({ as, at }) => {
  const page = await as("root");
  for (const address of ["/clusters", "/clusters/~import", at(), at("nodes"), at("namespaces"), at("pods"), at("deployments.apps"), at("statefulsets.apps"), at("events"), at("deployments.apps", "~new"), "/access/accounts", "/access/accounts/~new", "/profile"]) {
    await open(page, address);
  }
});
