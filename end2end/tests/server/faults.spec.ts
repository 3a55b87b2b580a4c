import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

import { expect, newContext, test, type Own } from "../../support/fixtures";
import { environment } from "../../support/environment";
import { Plane } from "../../support/control";
import { Gantry } from "../../support/gantry";
import { create, deployment, kubectl } from "../../support/kubectl";
import { importCluster, login, open, row, setUp } from "../../support/pages";
import { people } from "../../support/world";

test.describe("a cluster that breaks", () => {
  let plane: Plane;
  test.beforeAll(async () => {
    plane = await Plane.start("e2e");
  });
  test.afterAll(() => plane.stop());

  const stopped = (name: string) => deployment({ name, namespace: "default", replicas: 0 });

  test("[C-46, C-5] the apiserver dies and comes back: a banner with since-when, rows stay, other clusters stay fast, no reload", async ({ own }) => {
    test.setTimeout(180_000);
    const { page, context } = own;
    await create({ apiVersion: "v1", kind: "List", items: [stopped("kept"), stopped("goes")] }, plane.kubeconfig);
    const broken = await importCluster(page, plane.kubeconfig, "edge");
    const healthy = await importCluster(page, environment.kubeconfig, "prod");
    await open(page, `/clusters/${broken}/deployments.apps?ns=default`);
    await expect(row(page, "default", "kept")).toBeVisible();
    await page.evaluate(() => Object.assign(window, { stayed: true }));

    await plane.order("kill");
    await expect(page.locator(".g-banner[data-s=warn]").first()).toContainText(/\d\d:\d\d/, { timeout: 45_000 });
    await expect(row(page, "default", "kept")).toBeVisible();
    await expect(page.locator(".g-live").first()).not.toHaveAttribute("data-live", "on");

    await test.step("the list says so, and everything else stays fast", async () => {
      const other = await context.newPage();
      await open(other, "/clusters");
      await expect(other.locator(`tr[data-key="${broken}"] td[data-p=s]`)).toContainText("Unreachable", { timeout: 30_000 });
      await expect(other.locator(`tr[data-key="${healthy}"] td[data-p=s]`)).toContainText("Running");
      for (const address of ["/clusters", `/clusters/${healthy}`, `/clusters/${healthy}/pods`, `/clusters/${broken}/deployments.apps?ns=default`, `/clusters/${broken}`]) {
        const begin = Date.now();
        const answer = await other.request.get(address);
        expect(answer.status(), address).toBe(200);
        expect(Date.now() - begin, address).toBeLessThan(1_800);
      }
      await open(other, `/clusters/${broken}/deployments.apps?ns=default`);
      await expect(row(other, "default", "kept")).toBeVisible();
      await expect(other.locator(".g-banner[data-s=warn]").first()).toBeVisible();
      await other.close();
    });

    await plane.restart();
    await kubectl(["delete", "deployment", "goes", "--ignore-not-found"], { kubeconfig: plane.kubeconfig });
    await create(stopped("comes"), plane.kubeconfig);
    await expect(row(page, "default", "comes")).toBeVisible({ timeout: 60_000 });
    await expect(row(page, "default", "goes")).toHaveCount(0, { timeout: 10_000 });
    await expect(page.locator(".g-banner[data-s=warn]")).toHaveCount(0, { timeout: 30_000 });
    await expect(page.locator(".g-live").first()).toHaveAttribute("data-live", "on");
    expect(await page.evaluate(() => (window as any).stayed)).toBe(true);
  });

  test("[C-46] the apiserver hangs without closing anything: noticed within a minute, the page itself stays fast", async ({ own }) => {
    test.setTimeout(180_000);
    const { page } = own;
    const id = await importCluster(page, plane.kubeconfig, "frozen");
    await create(stopped("under-ice"), plane.kubeconfig);
    await open(page, `/clusters/${id}/deployments.apps?ns=default`);
    await expect(row(page, "default", "under-ice")).toBeVisible();
    await plane.order("freeze");
    try {
      await expect(page.locator(".g-banner[data-s=warn]").first()).toBeVisible({ timeout: 75_000 });
      await expect(row(page, "default", "under-ice")).toBeVisible();
      for (const address of [`/clusters/${id}/deployments.apps?ns=default`, `/clusters/${id}`, `/clusters/${id}/nodes`, "/clusters"]) {
        const begin = Date.now();
        expect((await page.request.get(address)).status(), address).toBe(200);
        expect(Date.now() - begin, address).toBeLessThan(1_800);
      }
    } finally {
      await plane.order("thaw");
    }
    await expect(page.locator(".g-banner[data-s=warn]")).toHaveCount(0, { timeout: 60_000 });
  });

  test("[C-5, P-31] the right to a list is taken away while one looks: the rows are said to be past, and come back with it", async ({ own }) => {
    test.setTimeout(120_000);
    const { page } = own;
    await create(stopped("seen"), plane.kubeconfig);
    const id = await importCluster(page, plane.kubeconfig, "rights");
    await open(page, `/clusters/${id}/deployments.apps?ns=default`);
    await expect(row(page, "default", "seen")).toBeVisible();
    const admin = { kubeconfig: plane.kubeconfig };
    const binding = JSON.parse(await kubectl(["get", "clusterrolebinding", "gantry:full-access", "-o", "json"], admin));
    await kubectl(["delete", "clusterrolebinding", "gantry:full-access"], admin);
    await expect(page.locator(".g-banner[data-s=warn]")).toContainText("list", { timeout: 45_000 });
    await expect(page.locator(".g-live").first()).not.toHaveAttribute("data-live", "on");
    binding.metadata = { name: binding.metadata.name, labels: binding.metadata.labels };
    await create(binding, plane.kubeconfig);
    await expect.poll(async () => (await page.goto(`/clusters/${id}/deployments.apps?ns=default`))?.status(), { timeout: 45_000 }).toBe(200);
    await expect(row(page, "default", "seen")).toBeVisible();
  });

  test("[C-46] the credential is taken away: the cluster says so and keeps its rows, and comes back with the right", async ({ own }) => {
    test.setTimeout(180_000);
    const { page, gantry } = own;
    const admin = { kubeconfig: plane.kubeconfig };
    await kubectl(["create", "serviceaccount", "console", "-n", "default"], admin);
    await kubectl(["create", "clusterrolebinding", "console", "--clusterrole=cluster-admin", "--serviceaccount=default:console"], admin);
    const token = (await kubectl(["create", "token", "console", "-n", "default"], admin)).trim();
    const config = JSON.parse(await kubectl(["config", "view", "--raw", "--flatten", "-o", "json"], admin));
    config.users = [{ name: config.users[0].name, user: { token } }];
    const file = `${gantry.directory}/token.kubeconfig`;
    writeFileSync(file, JSON.stringify(config));
    await create(stopped("still-here"), plane.kubeconfig);
    const id = await importCluster(page, file, "tokened");
    await open(page, `/clusters/${id}/deployments.apps?ns=default`);
    await expect(row(page, "default", "still-here")).toBeVisible();
    await kubectl(["delete", "serviceaccount", "console", "-n", "default"], admin);
    await plane.order("kill");
    await plane.restart();
    await open(page, "/clusters");
    await expect(page.locator(`tr[data-key="${id}"] td[data-p=s]`)).toContainText(/credential|refused/i, { timeout: 60_000 });
    await open(page, `/clusters/${id}/deployments.apps?ns=default`);
    await expect(row(page, "default", "still-here")).toBeVisible();
    await expect(page.locator(".g-banner[data-s=warn]").first()).toBeVisible();
  });
});

async function names({ page }: Own): Promise<string[]> {
  await open(page, "/access/accounts?per=200");
  return page.locator("tr[data-key] td[data-p='1']").allInnerTexts();
}

test("[P-29] kill -9 during writes: what was acknowledged is there after the start, the session too, and nothing is half", async ({ own }) => {
  test.setTimeout(120_000);
  const { gantry, context } = own;
  const acknowledged: string[] = [];
  let killed = false;
  const write = async (worker: number) => {
    for (let n = 0; n < 50 && !killed; n += 1) {
      const name = `kept-${worker}-${n}`;
      const answer = await context.request
        .post("/access/accounts/~new", {
          form: { name, role: "read_only", password: "First-password-1", repeated: "First-password-1" },
          headers: { origin: gantry.url },
          maxRedirects: 0,
        })
        .catch(() => undefined);
      if (answer?.status() === 303) {
        acknowledged.push(name);
      }
    }
  };
  const writers = Promise.all([write(1), write(2)]);
  await expect.poll(() => acknowledged.length, { intervals: [20], timeout: 30_000 }).toBeGreaterThan(5);
  await gantry.kill();
  killed = true;
  await writers;
  await gantry.start();
  expect(gantry.setUpLink).toBe("");
  const found = await names(own);
  expect(acknowledged.filter((name) => !found.includes(name))).toEqual([]);
});

test("[P-29] a stop closes what is open with a reason and ends within ten seconds; the page comes back by itself", async ({ own, browser }) => {
  test.setTimeout(120_000);
  const { page, gantry } = own;
  const cluster = await importCluster(page, environment.kubeconfig, "restarting");
  await open(page, `/clusters/${cluster}/pods`);
  await expect(page.locator(".g-live").first()).toHaveAttribute("data-live", "on");
  const { took, code } = await gantry.stop();
  expect(code).toBe(0);
  expect(took).toBeLessThan(10_000);
  await expect(page.locator(".g-live").first()).toHaveAttribute("data-live", "lost");
  await gantry.start();
  await expect(page.locator(".g-live").first()).toHaveAttribute("data-live", "on", { timeout: 45_000 });
  const other = await newContext(browser, gantry.url);
  await login(await other.newPage(), people.root);
  await other.close();
});

test("[P-29] the disk of the database is full: a clear error, pages still open, nothing is lost, and it goes on with room", async ({ browser }) => {
  test.setTimeout(120_000);
  const gantry = new Gantry();
  mkdirSync(gantry.data);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", gantry.data]);
  const context = await newContext(browser, "http://127.0.0.1");
  try {
    await gantry.start();
    expect(statSync(join(gantry.data, "secret.key")).mode & 0o777).toBe(0o600);
    const page = await context.newPage();
    await setUp(page, gantry.setUpLink, people.root, "en");
    const address = (path: string) => `${gantry.url}${path}`;
    const add = (name: string) =>
      context.request.post(address("/access/accounts/~new"), {
        form: { name, role: "none", password: "First-password-1", repeated: "First-password-1" },
        headers: { origin: gantry.url },
        maxRedirects: 0,
      });
    expect((await add("before")).status()).toBe(303);
    const filler = join(gantry.data, "filler");
    const fill = () => {
      const file = openSync(filler, "a");
      try {
        for (;;) {
          writeSync(file, Buffer.alloc(4096));
        }
      } catch (error) {
        expect(String(error)).toContain("ENOSPC");
      } finally {
        closeSync(file);
      }
    };
    fill();
    let refused = await add("filler-0");
    for (let n = 1; n < 400 && refused.status() === 303; n += 1) {
      fill();
      refused = await add(`filler-${n}`);
    }
    expect([503, 507]).toContain(refused.status());
    expect(await refused.text()).toContain("disk of the database is full");
    expect((await page.goto(address("/access/accounts")))?.status()).toBe(200);
    rmSync(filler);
    await expect.poll(async () => (await add("after")).status()).toBe(303);
    await page.goto(address("/access/accounts?per=200&q=e"));
    await expect(page.locator("tr[data-key]", { hasText: "before" })).toHaveCount(1);
    await expect(page.locator("tr[data-key]", { hasText: "after" })).toHaveCount(1);
  } finally {
    await context.close();
    await gantry.stop();
    execFileSync("umount", [gantry.data]);
    await gantry.remove();
  }
});
