import { readFileSync } from "node:fs";

import { expect, test } from "../../support/fixtures";
import { create, createNamespace, deployment, exists, kubectl, pod, read, removeNamespace, unique } from "../../support/kubectl";
import { awake, Dialog, menu, open, row } from "../../support/pages";

test("[C-5, W-104] namespaces, name and label filter, sort and pages live in the address and survive a reload", async ({ as, at, namespace }) => {
  test.setTimeout(120_000);
  const second = await createNamespace("e2e");
  const page = await as("en");
  // 23 stopped Deployments: more than a page.
  const many = Array.from({ length: 23 }, (_, n) => deployment({ name: `many-${String(n).padStart(2, "0")}`, namespace, replicas: 0, labels: { part: n % 2 ? "odd" : "even" } }));
  await create({ apiVersion: "v1", kind: "List", items: [...many, deployment({ name: "lonely", namespace: second, replicas: 0 })] });

  await open(page, `${at("deployments.apps")}?ns=${namespace}`);
  await expect(page.locator("tr[data-key]")).toHaveCount(20);
  await expect(page.locator(".g-pager")).toContainText("23");
  await page.locator(".g-pager a[aria-label]").last().click();
  await expect(page).toHaveURL(/page=2/);
  await expect(page.locator("tr[data-key]")).toHaveCount(3);

  await test.step("several namespaces", async () => {
    await awake(page);
    await page.locator(".g-toolbar details > summary.g-pick").click();
    await page.locator(".g-menu--pick input[type=search]").fill(second);
    await page.locator(`.g-menu--pick input[name=ns][value="${second}"]`).check();
    await page.locator(".g-menu--pick button[type=submit]").click();
    await expect(page).toHaveURL(new RegExp(`ns=${second}`));
    await expect(page).toHaveURL(new RegExp(`ns=${namespace}`));
    await expect(page.locator(".g-foot")).toContainText("24");
  });

  await test.step("label filter, then a name", async () => {
    await page.locator("[data-filter]").fill("part=odd");
    await page.locator("[data-filter]").press("Enter");
    await expect(page.locator("tr[data-key]")).toHaveCount(11);
    await awake(page);
    await page.locator("[data-filter]").fill("many-1");
    await page.locator("[data-filter]").press("Enter");
    await expect(page.locator("tr[data-key]")).toHaveCount(5);
    await expect(page.locator(".g-token")).toHaveCount(2);
    await page.reload();
    await expect(page.locator("tr[data-key]")).toHaveCount(5);
    await awake(page);
    await page.locator("[data-filter]").press("Backspace");
    await expect(page.locator("tr[data-key]")).toHaveCount(11);
  });

  await test.step("sorted by value, both ways", async () => {
    await open(page, `${at("deployments.apps")}?ns=${namespace}&per=50`);
    await page.locator("th a.g-sort", { hasText: /^Name$/ }).click();
    await expect(page).toHaveURL(/sort=name/);
    await expect(page.locator("tr[data-key]").first()).toContainText("many-00");
    await page.locator("th a.g-sort", { hasText: /^Name$/ }).click();
    await expect(page).toHaveURL(/sort=-name/);
    await expect(page.locator("tr[data-key]").first()).toContainText("many-22");
    await expect(page.locator("th[aria-sort=descending]")).toHaveCount(1);
  });

  await test.step("nothing matches: which condition, and a way back", async () => {
    await open(page, `${at("deployments.apps")}?ns=${namespace}&q=no-such-name`);
    await expect(page.locator(".g-empty")).toContainText("no-such-name");
    await page.locator(".g-empty a").first().click();
    await expect(page.locator("tr[data-key]")).toHaveCount(20);
  });

  await test.step("the file holds all rows, not the page", async () => {
    await open(page, `${at("deployments.apps")}?ns=${namespace}&q=part%3Deven`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator(".g-toolbar a[download]").click()]);
    expect(download.suggestedFilename()).toMatch(/\.csv$/);
    const lines = readFileSync(await download.path(), "utf8").trim().split(/\r?\n/);
    expect(lines).toHaveLength(13);
    expect(lines.slice(1).every((line) => line.includes("many-"))).toBe(true);
  });
  removeNamespace(second);
});

test("[W-104] what kubectl takes as a selector is a filter; a page past the end shows the last one", async ({ as, at, namespace }) => {
  const page = await as("en");
  const part = (name: string, labels: Record<string, string>) => deployment({ name, namespace, replicas: 0, labels });
  await create({ apiVersion: "v1", kind: "List", items: [part("a", { env: "prod", tier: "web" }), part("b", { env: "stage", tier: "db" }), part("c", { env: "dev" }), part("d", {})] });
  const shown = async (text: string) => {
    await open(page, `${at("deployments.apps")}?ns=${namespace}&sort=name`);
    await page.locator("[data-filter]").fill(text);
    await page.locator("[data-filter]").press("Enter");
    await page.waitForURL((url) => url.searchParams.has("q"));
    await awake(page);
    return (await page.locator("tr[data-key] td[data-p='1']").allInnerTexts()).map((name) => name.trim()).join(" ");
  };
  expect(await shown("env in (prod, stage)")).toBe("a b");
  expect(await shown("env notin (prod,stage)")).toBe("c d");
  expect(await shown("!env")).toBe("d");
  expect(await shown("env!=prod")).toBe("b c d");
  expect(await shown("env=prod,tier==web")).toBe("a");
  expect(await shown("env in (prod")).toBe("");
  await open(page, `${at("deployments.apps")}?ns=${namespace}&page=999999`);
  await expect(page.locator("tr[data-key]")).toHaveCount(4);
  await expect(page.locator(".g-pager")).toContainText(/1\s*\/\s*1$/);
  for (const nonsense of ["page=-1", "page=0", "page=2.5", "per=100000", "size=100000", "sort=evil", "sort=-", "state=zzz", "q=", "q=!", "q=%00", "ns=", "%%%"]) {
    expect((await page.request.get(`${at("pods")}?${nonsense}`)).status(), nonsense).toBe(200);
  }
});

test("[C-5] a change in the cluster is on the page within two seconds, without a reload", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("quick");
  await open(page, `${at("deployments.apps")}?ns=${namespace}`);
  await page.evaluate(() => Object.assign(window, { stayed: true }));
  await create(deployment({ name, namespace, replicas: 0 }));
  await expect(row(page, namespace, name)).toBeVisible({ timeout: 2_000 });
  for (const tag of ["1", "2", "3"]) {
    await kubectl(["set", "image", "deployment", name, "-n", namespace, `main=tc.local/round:${tag}`]);
    await expect(row(page, namespace, name)).toContainText(`round:${tag}`, { timeout: 2_000 });
  }
  await kubectl(["delete", "deployment", name, "-n", namespace]);
  await expect(row(page, namespace, name)).toHaveCount(0, { timeout: 2_000 });
  expect(await page.evaluate(() => (window as any).stayed)).toBe(true);
});

test("[W-104] marks, the open menu and the focus stay with their object when rows come, go and move", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create({ apiVersion: "v1", kind: "List", items: ["b", "d", "f"].map((name) => deployment({ name, namespace, replicas: 0 })) });
  await open(page, `${at("deployments.apps")}?ns=${namespace}&sort=name`);
  await expect(page.locator("tr[data-key]")).toHaveCount(3);
  await row(page, namespace, "d").locator("input[type=checkbox]").check();
  const items = await menu(row(page, namespace, "f"));
  await items.getByRole("menuitem").first().focus();
  await create({ apiVersion: "v1", kind: "List", items: ["a", "c", "e"].map((name) => deployment({ name, namespace, replicas: 0 })) });
  await kubectl(["delete", "deployment", "b", "-n", namespace]);
  await expect(page.locator("tr[data-key]")).toHaveCount(5);
  await expect(row(page, namespace, "d").locator("input[type=checkbox]")).toBeChecked();
  await expect(page.locator("tr[data-selected]")).toHaveCount(1);
  await expect(row(page, namespace, "f").locator("[role=menu]")).toBeVisible();
  expect(await page.evaluate(() => document.activeElement?.closest("tr")?.textContent)).toContain("f");
});

test("[W-96, W-100] several at once: scaled, then deleted; more than ten ask for their number", async ({ as, at, namespace }) => {
  test.setTimeout(120_000);
  const page = await as("en");
  const names = Array.from({ length: 11 }, (_, n) => `bulk-${n}`);
  await create({ apiVersion: "v1", kind: "List", items: names.map((name) => deployment({ name, namespace, replicas: 0 })) });
  await open(page, `${at("deployments.apps")}?ns=${namespace}`);
  await row(page, namespace, "bulk-1").locator("input[type=checkbox]").check();
  await row(page, namespace, "bulk-2").locator("input[type=checkbox]").check();
  await expect(page.locator(".g-foot")).toContainText("2");
  await page.locator(".g-foot [role=group] button", { hasText: "Update replica count" }).click();
  const scale = await new Dialog(page).shown();
  await scale.text("replicas", "1");
  await scale.submit();
  await expect(row(page, namespace, "bulk-1")).toContainText("1/1", { timeout: 30_000 });
  await expect(row(page, namespace, "bulk-2")).toContainText("1/1", { timeout: 30_000 });
  expect((await read("deployment", "bulk-3", namespace)).spec.replicas).toBe(0);

  await page.locator("thead input[type=checkbox]").check();
  await page.locator(".g-foot [role=group] button", { hasText: "Delete" }).click();
  const remove = await new Dialog(page).shown();
  await expect(remove.confirm).toHaveAttribute("aria-disabled", "true");
  await remove.box.locator("[data-typed-name]").fill("11");
  await remove.submit();
  await expect(page.locator("tr[data-key]")).toHaveCount(0);
  await expect.poll(() => exists("deployment", "bulk-10", namespace)).toBe(false);
});

test("[W-104] the list by keyboard alone", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create({ apiVersion: "v1", kind: "List", items: ["one", "two"].map((name) => deployment({ name, namespace, replicas: 0 })) });
  await open(page, `${at("deployments.apps")}?ns=${namespace}&sort=name`);
  await expect(page.locator("tr[data-key]")).toHaveCount(2);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(row(page, namespace, "two")).toHaveClass(/is-active/);
  await page.keyboard.press("x");
  await expect(row(page, namespace, "two").locator("input[type=checkbox]")).toBeChecked();
  await page.keyboard.press("Escape");
  await expect(row(page, namespace, "two").locator("input[type=checkbox]")).not.toBeChecked();
  await page.keyboard.press("Delete");
  const dialog = await new Dialog(page).shown();
  await expect(dialog.box).toContainText("two");
  await page.keyboard.press("Escape");
  await expect(dialog.box).toBeHidden();
  expect(await exists("deployment", "two", namespace)).toBe(true);
  await page.keyboard.press("?");
  await expect(page.locator("dialog#help-dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await expect(page.locator("[data-filter]")).toBeFocused();
  await page.keyboard.press("Escape");
  await page.locator("[data-filter]").blur();
  await page.keyboard.press("Control+k");
  await expect(page.locator("dialog#palette-dialog")).toBeVisible();
  await page.keyboard.type("nodes");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/nodes/);
  await page.goBack();
  await awake(page);
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/deployments\\.apps/${namespace}/one`));
});

test("[W-100] dependents are kept only when that is chosen, and the choice says so", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("orphan");
  await create(deployment({ name, namespace }));
  await open(page, `${at("deployments.apps")}?ns=${namespace}`);
  await expect(row(page, namespace, name)).toContainText("1/1", { timeout: 30_000 });
  await (await menu(row(page, namespace, name))).getByRole("menuitem", { name: /^Delete/ }).click();
  const dialog = await new Dialog(page).shown();
  await expect(dialog.field("keep").locator("input")).not.toBeChecked();
  await dialog.field("keep").locator("input").check();
  await dialog.submit();
  await expect(row(page, namespace, name)).toHaveCount(0);
  expect(await kubectl(["get", "replicasets", "-n", namespace, "-o", "name"])).toContain(name);
  expect(await kubectl(["get", "pods", "-n", namespace, "-o", "name"])).toContain(name);
});

test("[W-100] the uid guards a deletion: an object made anew under the same name is not the one that was meant", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create(deployment({ name: "twice", namespace, replicas: 0 }));
  await open(page, `${at("deployments.apps")}?ns=${namespace}`);
  await (await menu(row(page, namespace, "twice"))).getByRole("menuitem", { name: /^Delete/ }).click();
  const dialog = await new Dialog(page).shown();
  await kubectl(["delete", "deployment", "twice", "-n", namespace]);
  await create(deployment({ name: "twice", namespace, replicas: 0 }));
  await dialog.confirm.click();
  await expect(dialog.box.locator(".g-banner")).toBeVisible();
  expect(await exists("deployment", "twice", namespace)).toBe(true);
});

test("[W-104] a name of 253 characters has its page, its row and its log, and nothing sticks out", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = [60, 62, 62, 62].map((length, n) => "abcd"[n]!.repeat(length)).join(".") + ".xyz";
  expect(name).toHaveLength(253);
  const object = pod({ name: "long", namespace });
  object["metadata"].name = name;
  object["spec"].nodeSelector = { "no.such": "node" };
  await create(object);
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  for (const address of [`${at("pods")}?ns=${namespace}`, at("pods", namespace, name), `${at("pods", namespace, name)}?tab=logs`]) {
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await open(page, address);
      await expect(page.locator("main")).toContainText(name.slice(0, 40));
      await expect.poll(fits, { message: `${width} ${address}` }).toBeLessThanOrEqual(0);
    }
  }
  await expect(page.locator("#log-lines")).toContainText("not started");
});

test("[W-104] names with dots and colons, and the words new and create, have their own pages", async ({ as, at, namespace }) => {
  const page = await as("en");
  for (const name of ["new", "create", "a.b.c", `long-${"x".repeat(58)}`]) {
    await create(deployment({ name, namespace, replicas: 0 }));
    await open(page, at("deployments.apps", namespace, name));
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  }
  await open(page, `${at("deployments.apps")}?ns=${namespace}`);
  await expect(page.locator("tr[data-key]")).toHaveCount(4);
});
