import { readFileSync } from "node:fs";

import type { Page } from "@playwright/test";

import { environment } from "../../support/environment";
import { expect, test } from "../../support/fixtures";
import { create, deployment, kubectl, pod, read, unique, waitRollout, waitRunning } from "../../support/kubectl";
import { menu, open, pasteKubeconfig, row } from "../../support/pages";

/** Every call with a body that would change something or show what only others may see. */
function attacks(cluster: string, namespace: string, name: string, uid: string): [string, object][] {
  const kind = { group: "apps", plural: "deployments" };
  const target = { cluster, kind: "deployments.apps", namespace, name, uid };
  const objects = { objects: { objects: [target] } };
  const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "made-by-attack", namespace } };
  const create = { form: "workload", cluster, kind: "deployments.apps" };
  const update = { form: "object", cluster, kind: "deployments.apps", object: target };
  const yaml = { yaml: { text: JSON.stringify(deployment({ name: "made-by-attack", namespace })) } };
  void kind;
  return [
    ["/api/dialog/open", { action: "scale", target: objects }],
    ["/api/dialog/open", { action: "delete", target: objects }],
    ["/api/dialog/submit", { action: "scale", target: objects, data: { replicas: "7" }, typed: "" }],
    ["/api/dialog/submit", { action: "redeploy", target: objects, data: {}, typed: "" }],
    ["/api/dialog/submit", { action: "delete", target: objects, data: { keep: false, force: false }, typed: name }],
    ["/api/dialog/open", { action: "cluster-edit", target: { cluster: { cluster } } }],
    ["/api/dialog/submit", { action: "cluster-edit", target: { cluster: { cluster } }, data: { name: "stolen", description: "", color: "red", badge: "", production: false, protection: false }, typed: "" }],
    ["/api/dialog/submit", { action: "cluster-remove", target: { cluster: { cluster } }, data: {}, typed: "prod-a" }],
    ["/api/form/review", { target: create, object, draft: yaml }],
    ["/api/form/apply", { target: create, object, draft: yaml, reviewed: true }],
    ["/api/form/apply", { target: update, object, draft: yaml, reviewed: true }],
    ["/api/clusters/read-kubeconfig", { text: "apiVersion: v1" }],
    ["/api/clusters/test-connection", { text: "apiVersion: v1", context: "x" }],
    ["/api/form/apply", { target: { form: "cluster-import" }, object: null, draft: { form: { data: { source: "kubeconfig", kubeconfig: "x", clusters: [] } } }, reviewed: true }],
    ["/api/table/read", { source: "accounts", query: {} }],
  ];
}

/** Opens a WebSocket from the page; answers how it ended. */
function socket(page: Page, path: string, first?: object): Promise<string> {
  return page.evaluate(
    ({ path, first }) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${location.origin.replace("http", "ws")}${path}`);
        const heard: string[] = [];
        socket.onopen = () => {
          heard.push("open");
          if (first) {
            socket.send(JSON.stringify(first));
          }
        };
        socket.onmessage = (event) => {
          heard.push(typeof event.data === "string" ? event.data : "bytes");
          if (heard.length > 2 || /ended|opened|closed|patch/.test(String(event.data))) {
            socket.close();
          }
        };
        socket.onclose = () => resolve(heard.join(" "));
      }),
    { path, first },
  );
}

test("[P-31, W-96, W-106] a read-only account sees the same pages with every changing control off, and says why", async ({ as, at, namespace }) => {
  const name = unique("seen");
  await create(deployment({ name, namespace }));
  await waitRollout(name, namespace);
  const page = await as("viewer");
  await open(page, `${at("deployments.apps")}?ns=${namespace}`);
  const line = row(page, namespace, name);
  await expect(line).toContainText("1/1");
  const create_ = page.locator(".g-head__act .btn-primary");
  await expect(create_).toHaveAttribute("aria-disabled", "true");
  await expect(create_).toHaveAttribute("title", /\S/);
  const items = await menu(line);
  for (const label of ["Update replica count", "Update Pod configuration", "Redeploy", "Delete"]) {
    const item = items.getByRole("menuitem", { name: label });
    await expect(item).toHaveAttribute("aria-disabled", "true");
    await expect(item.locator("em")).toHaveText(/\S{3}/);
  }
  await expect(items.getByRole("menuitem", { name: "Logs" })).not.toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Escape");

  await open(page, `${at("deployments.apps", namespace, name)}?tab=pods`);
  const podLine = page.locator("tr[data-key]").first();
  await expect(podLine).toBeVisible();
  await expect(podLine.getByLabel("Remote login")).toHaveAttribute("aria-disabled", "true");
  for (const control of await page.locator(".g-head__act").locator("button, a").all()) {
    const text = await control.innerText();
    if (/replica|configuration|Redeploy|Delete/.test(text)) {
      await expect(control).toHaveAttribute("aria-disabled", "true");
    }
  }
  await open(page, `${at("deployments.apps", namespace, name)}?tab=yaml`);
  await expect(page.locator(".cm-content")).toContainText(name);
  await expect(page.locator(".g-toolbar button[aria-disabled=true]")).toHaveAttribute("title", /\S/);

  await open(page, at("deployments.apps", "~new"));
  await expect(page.locator(".g-bottombar .btn-primary")).toHaveAttribute("aria-disabled", "true");
  await expect(page.locator(".g-bottombar")).toContainText(/\S{3}/);
});

test("[P-31, P-138] the server refuses every change of a read-only account, whatever is sent", async ({ as, at, world, namespace }) => {
  const name = unique("safe");
  await create(deployment({ name, namespace }));
  await waitRollout(name, namespace);
  const before = await read("deployment", name, namespace);
  for (const person of ["viewer", "nobody"] as const) {
    const page = await as(person);
    await open(page, "/");
    for (const [path, data] of attacks(world.cluster, namespace, name, before.metadata.uid)) {
      const answer = await page.request.post(path, { data, headers: { origin: world.url } });
      expect([403, 404], `${person} ${path} ${JSON.stringify(data).slice(0, 120)}: ${await answer.text()}`).toContain(answer.status());
    }
    // Also a form of another site gets nowhere: no Origin of ours, no change.
    const foreign = await page.request.post("/profile/preference", { form: { theme: "dark" }, headers: { origin: "https://evil.example" } });
    expect(foreign.status()).toBe(403);
    const bad = await page.request.post("/access/accounts/~new", {
      form: { name: "made-by-attack", role: "full", password: "Attack-password-1", repeated: "Attack-password-1" },
      headers: { origin: world.url },
      maxRedirects: 0,
    });
    expect([403, 404]).toContain(bad.status());
  }
  const after = await read("deployment", name, namespace);
  expect(after.metadata.generation).toBe(before.metadata.generation);
  const root = await as("root");
  expect((await root.goto(at("deployments.apps", namespace, "made-by-attack")))?.status()).toBe(404);
  await open(root, "/access/accounts");
  await expect(root.locator("tr[data-key]", { hasText: "made-by-attack" })).toHaveCount(0);
});

test("[P-31] where all accounts act as one credential, a read-only account still reads no Secret and changes nothing", async ({ as, namespace, world }) => {
  const role = unique("direct");
  const subject = `${namespace}:${role}`;
  await kubectl(["create", "serviceaccount", role, "-n", namespace]);
  await kubectl(["create", "clusterrole", role, "--verb=get,list,watch,create,update,patch,delete", "--resource=*.*"]);
  await kubectl(["create", "clusterrolebinding", role, `--clusterrole=${role}`, `--serviceaccount=${subject}`]);
  await kubectl(["create", "secret", "generic", "hidden", "-n", namespace, "--from-literal=key=not-for-viewers"]);
  await create(deployment({ name: "still", namespace, replicas: 0 }));
  const token = (await kubectl(["create", "token", role, "-n", namespace])).trim();
  const own = readFileSync(environment.kubeconfig, "utf8").replace(/client-certificate-data: .*\n.*client-key-data: .*/, `token: ${token}`);
  const root = await as("root");
  const form = await pasteKubeconfig(root, own);
  await form.text("clusters.0.name", role);
  await form.apply();
  await expect(root).toHaveURL(/\/clusters\/cls-[a-z0-9]{8}$/);
  const cluster = new URL(root.url()).pathname.split("/").at(-1);
  const post = (page: Page, path: string, data: object) => page.request.post(path, { data, headers: { origin: world.url } });
  try {
    const viewer = await as("viewer");
    await open(viewer, `/clusters/${cluster}/deployments.apps?ns=${namespace}`);
    await expect(row(viewer, namespace, "still")).toBeVisible();
    const secret = { cluster, kind: "secrets", namespace, name: "hidden" };
    const still = { cluster, kind: "deployments.apps", namespace, name: "still" };
    for (const [path, data] of [
      ["/api/object/read", { target: secret }],
      ["/api/form/rebase", { target: { form: "object", cluster, kind: "secrets", object: secret }, object: {}, draft: { yaml: { text: "kind: Secret" } } }],
      ["/api/dialog/submit", { action: "scale", target: { objects: { objects: [still] } }, data: { replicas: "1" }, typed: "" }],
      ["/api/dialog/submit", { action: "delete", target: { objects: { objects: [still] } }, data: { keep: false }, typed: "still" }],
    ] as const) {
      const answer = await post(viewer, path, data);
      const text = await answer.text();
      expect([403, 404], `${path}: ${text}`).toContain(answer.status());
      expect(text).not.toContain(Buffer.from("not-for-viewers").toString("base64"));
    }
    for (const address of ["secrets", `secrets/${namespace}/hidden`]) {
      expect((await viewer.goto(`/clusters/${cluster}/${address}`))?.status()).toBe(404);
    }
    expect((await read("deployment", "still", namespace)).spec.replicas).toBe(0);
  } finally {
    await post(root, "/api/dialog/submit", { action: "cluster-remove", target: { cluster: { cluster } }, data: {}, typed: role });
    await kubectl(["delete", "clusterrolebinding,clusterrole", role, "--ignore-not-found"]);
  }
});

test("[P-138, P-31] the sockets of terminal, log and rows are closed to those without the right", async ({ as, at, world, namespace }) => {
  const name = unique("shut");
  await create(pod({ name, namespace, command: ["sh", "-c", "echo secret-of-the-log; sleep 1000000"] }));
  await waitRunning(name, namespace);
  const viewer = await as("viewer");
  await open(viewer, "/clusters");
  expect(await socket(viewer, at("pods", namespace, name, "~terminal/socket"), { open: { container: "main", command: [], cols: 80, rows: 24 } })).not.toContain("opened");
  expect([403, 404]).toContain((await viewer.goto(at("pods", namespace, name, "~terminal")))?.status());
  const nobody = await as("nobody");
  await open(nobody, "/");
  const tails = [
    socket(nobody, at("pods", namespace, name, "~terminal/socket"), { open: { container: "main", command: [], cols: 80, rows: 24 } }),
    socket(nobody, `${at("pods", namespace, name, "~logs")}?container=main&follow=false&tail=10`),
    socket(nobody, "/live", { subscribe: { id: 1, source: { kind: { cluster: world.cluster, kind: "pods" } }, query: {}, have: [] } }),
  ];
  for (const heard of await Promise.all(tails)) {
    expect(heard).not.toMatch(/opened|secret-of-the-log|"patch"/);
  }
  const download = await nobody.request.get(`${at("pods", namespace, name, "~logs/download")}?container=main`);
  expect([403, 404]).toContain(download.status());
});
