import { expect, test } from "../../support/fixtures";
import { create, deployment, exists, image, kubectl, pod, read, unique, waitRollout, waitRunning } from "../../support/kubectl";
import { Dialog, menu, open, row } from "../../support/pages";

/** The words that `kubectl get pods` prints. */
async function printed(namespace: string): Promise<Map<string, { ready: string; status: string; restarts: string }>> {
  const out = await kubectl(["get", "pods", "-n", namespace, "--no-headers"]);
  return new Map(
    out.trim().split("\n").map((line) => {
      const [name = "", ready = "", status = "", restarts = ""] = line.split(/\s+/);
      return [name, { ready, status, restarts }];
    }),
  );
}

test("[W-104] a Pod's state is the word of kubectl, with its reason", async ({ as, at, namespace }) => {
  test.setTimeout(150_000);
  const page = await as("en");
  const sleep = ["sleep", "1000000"];
  const sidecar = pod({ name: "sidecar", namespace });
  sidecar["spec"].initContainers = [{ name: "proxy", image: image.busybox, command: sleep, restartPolicy: "Always" }];
  const waiting = pod({ name: "init", namespace });
  waiting["spec"].initContainers = [{ name: "first", image: image.busybox, command: ["true"] }, { name: "second", image: image.busybox, command: sleep }];
  const once = (name: string, command: string[]) => {
    const object = pod({ name, namespace, command });
    object["spec"].restartPolicy = "Never";
    return object;
  };
  const gated = pod({ name: "gated", namespace });
  gated["spec"].schedulingGates = [{ name: "example.org/wait" }];
  const unschedulable = pod({ name: "homeless", namespace });
  unschedulable["spec"].nodeSelector = { "no-such": "label" };
  await create({
    apiVersion: "v1",
    kind: "List",
    items: [
      pod({ name: "fine", namespace }),
      pod({ name: "unready", namespace, more: { readinessProbe: { exec: { command: ["false"] }, periodSeconds: 1 } } }),
      pod({ name: "crash", namespace, command: ["false"] }),
      pod({ name: "no-image", namespace, image: "tc.local/no-such:1", more: { imagePullPolicy: "Never" } }),
      pod({ name: "no-config", namespace, more: { envFrom: [{ configMapRef: { name: "missing" } }] } }),
      once("done", ["true"]),
      once("failed", ["sh", "-c", "exit 3"]),
      sidecar,
      waiting,
      gated,
      unschedulable,
    ],
  });
  await expect
    .poll(async () => {
      const now = await printed(namespace);
      return ["no-image:ErrImageNeverPull", "no-config:CreateContainerConfigError", "done:Completed", "failed:Error", "init:Init:1/2", "gated:SchedulingGated", "homeless:Pending", "sidecar:Running"].filter(
        (pair) => now.get(pair.slice(0, pair.indexOf(":")))?.status !== pair.slice(pair.indexOf(":") + 1),
      );
    }, { timeout: 60_000 })
    .toEqual([]);
  await open(page, `${at("pods")}?ns=${namespace}&sort=name&per=50`);
  await expect(page.locator("tr[data-key]")).toHaveCount(11);
  for (const name of ["fine", "unready", "no-image", "no-config", "done", "failed", "sidecar", "init", "gated", "homeless"]) {
    const wanted = (await printed(namespace)).get(name)!;
    const line = row(page, namespace, name);
    await expect(line, name).toContainText(wanted.ready);
    if (name !== "unready") {
      // Own words are translated; Kubernetes' reasons stand as they are.
      await expect(line.locator("td[data-p=s]"), name).toContainText(wanted.status);
    }
  }
  await expect(row(page, namespace, "crash").locator("td[data-p=s]")).toContainText(/CrashLoopBackOff|Error/, { timeout: 30_000 });
  await expect(row(page, namespace, "unready").locator("td[data-p=s] [data-s=warn]")).toBeVisible();
  await expect(row(page, namespace, "sidecar")).toContainText("2/2");

  await test.step("the reason's message is one click away", async () => {
    await open(page, at("pods", namespace, "homeless"));
    await expect(page.locator("main")).toContainText(/node\(s\) didn't match/);
    await open(page, at("pods", namespace, "failed"));
    await expect(page.locator("main")).toContainText("3");
  });
});

test("[W-104] the detail page of a Pod: node, addresses, owner, containers with their limits", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("detail");
  await create(deployment({ name, namespace, more: { resources: { requests: { cpu: "10m", memory: "8Mi" }, limits: { memory: "32Mi" } }, ports: [{ containerPort: 8080, name: "http" }] } }));
  await waitRollout(name, namespace);
  const [object] = JSON.parse(await kubectl(["get", "pods", "-n", namespace, "-o", "json"])).items;
  await open(page, `${at("deployments.apps", namespace, name)}?tab=pods`);
  await row(page, namespace, object.metadata.name).locator("td[data-p='1'] a").first().click();
  await expect(page).toHaveURL(new RegExp(`/pods/${namespace}/${object.metadata.name}`));
  const main = page.locator("main");
  for (const part of [object.spec.nodeName, object.status.podIP, object.status.hostIP, "main", "10m", "32Mi", "8080", object.status.qosClass]) {
    await expect(main).toContainText(part);
  }
  await expect(page.locator(`.g-head a[href*="/replicasets.apps/${namespace}/"]`).or(main.locator(`a[href*="/replicasets.apps/${namespace}/"]`)).first()).toBeVisible();
});

test("[W-105] destroy and rebuild: the Pod goes and another one comes, on the list of its Deployment", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("rebuild");
  await create(deployment({ name, namespace }));
  await waitRollout(name, namespace);
  const before = (await kubectl(["get", "pods", "-n", namespace, "-o", "jsonpath={.items[0].metadata.name}"])).trim();
  await open(page, `${at("deployments.apps", namespace, name)}?tab=pods`);
  await (await menu(row(page, namespace, before))).getByRole("menuitem", { name: /^Destroy and rebuild/ }).click();
  const dialog = await new Dialog(page).shown();
  await expect(dialog.box).toContainText(before);
  await dialog.submit();
  await expect(row(page, namespace, before)).toHaveCount(0, { timeout: 20_000 });
  await expect(page.locator("tr[data-key]")).toHaveCount(1);
  await expect(page.locator("tr[data-key] td[data-p=s]")).toHaveText("Running", { timeout: 30_000 });
  expect(await exists("pod", before, namespace)).toBe(false);
});

test("[W-107] events of an object: what went wrong, how often, and they come by themselves", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create(pod({ name: "bad-image", namespace, image: "tc.local/no-such:1", more: { imagePullPolicy: "Never" } }));
  await open(page, `${at("pods", namespace, "bad-image")}?tab=events`);
  await expect(page.locator("tr[data-key]", { hasText: "ErrImageNeverPull" }).first()).toBeVisible({ timeout: 30_000 });
  await expect(page.locator("tr[data-key]", { hasText: "Scheduled" })).toBeVisible();
  await open(page, `${at("events")}?ns=${namespace}`);
  await expect(page.locator("tr[data-key]", { hasText: "ErrImageNeverPull" }).first()).toBeVisible();
});

test("[W-79, W-91, W-96] the detail page of a Deployment is live: state, conditions, Pods, and its actions", async ({ as, at, namespace }) => {
  test.setTimeout(120_000);
  const page = await as("en");
  const name = unique("live");
  await create(deployment({ name, namespace }));
  await waitRollout(name, namespace);
  await open(page, at("deployments.apps", namespace, name));
  await expect(page.locator(".g-tabs a[aria-current=page]")).toHaveText(/Pods/);
  await expect(page.locator("tr[data-key]")).toHaveCount(1);
  await kubectl(["scale", "deployment", name, "-n", namespace, "--replicas=3"]);
  await expect(page.locator("tr[data-key]")).toHaveCount(3, { timeout: 5_000 });
  await kubectl(["set", "image", "deployment", name, "-n", namespace, "main=tc.local/no-such:1"]);
  await expect(page.locator(".g-head [data-live-part=state]")).toContainText(/Updating|Partly|Stalled/, { timeout: 15_000 });
  await page.locator("[data-action=scale]").click();
  const dialog = await new Dialog(page).shown();
  await expect(dialog.field("replicas").locator("input")).toHaveValue("3");
  for (const wrong of ["", "-1", "1.5", "x", "100000"]) {
    await dialog.text("replicas", wrong);
    await dialog.confirm.click();
    await expect(dialog.field("replicas").locator(".g-error")).toBeVisible();
  }
  await dialog.text("replicas", "1");
  await dialog.confirm.click();
  await expect.poll(async () => (await read("deployment", name, namespace)).spec.replicas).toBe(1);
});

test("[W-22, W-96, W-100] a StatefulSet is listed, made, scaled and deleted with the same engines; its claims stay", async ({ as, at, namespace }) => {
  test.setTimeout(120_000);
  const page = await as("en");
  await open(page, `${at("statefulsets.apps", "~new")}?ns=${namespace}`);
  const { Form } = await import("../../support/pages");
  const form = new Form(page);
  await form.text("name", "db");
  await form.choose("namespace", namespace);
  await form.text("containers.0.name", "main");
  await form.text("containers.0.image", "tc.local/busybox");
  await form.text("containers.0.tag", "1.35");
  await form.apply();
  await open(page, `${at("statefulsets.apps")}?ns=${namespace}`);
  const line = row(page, namespace, "db");
  await expect(line).toContainText("1/1", { timeout: 30_000 });
  await line.getByRole("button", { name: "Update replica count" }).click();
  const scale = await new Dialog(page).shown();
  await scale.text("replicas", "2");
  await scale.submit();
  await expect(line).toContainText("2/2", { timeout: 30_000 });
  await waitRunning("db-1", namespace);
  await (await menu(line)).getByRole("menuitem", { name: /^Delete/ }).click();
  await (await new Dialog(page).shown()).submit();
  await expect(line).toHaveCount(0);
  await expect.poll(() => kubectl(["get", "statefulsets", "-n", namespace, "-o", "name"])).toBe("");
});

test("[W-79, W-104] an object that is deleted while one looks is said to be gone; what was typed stays", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create(deployment({ name: "going", namespace, replicas: 0 }));
  await open(page, at("deployments.apps", namespace, "going"));
  await expect(page.locator("main")).toContainText("No Pod");
  await expect(page.locator("main")).not.toContainText("owner=");
  const yaml = await page.context().newPage();
  await open(yaml, `${at("deployments.apps", namespace, "going")}?tab=yaml`);
  await kubectl(["delete", "deployment", "going", "-n", namespace]);
  for (const window of [page, yaml]) {
    await expect(window.locator(".g-banner", { hasText: "This object was deleted" })).toBeVisible({ timeout: 10_000 });
    await expect(window.locator(".g-head__act")).toBeHidden();
    await expect(window.locator(".g-head .g-live")).not.toHaveAttribute("data-live", "on");
  }
  await expect(yaml.locator(".cm-content:visible")).toContainText("going");
});

test("[C-5, W-104] a namespace that there is not is said to be missing, not to be empty", async ({ as, at }) => {
  const page = await as("en");
  await open(page, `${at("deployments.apps")}?ns=no-such-namespace`);
  await expect(page.locator(".g-empty")).toContainText("no-such-namespace");
  await expect(page.locator(".g-empty a.btn-primary")).toHaveCount(0);
});

test("[W-104] a clock of the browser that is wrong makes no Pod older or younger", async ({ as, at, namespace }) => {
  const page = await as("en");
  await page.clock.install({ time: Date.now() + 5 * 3_600_000 });
  await create(deployment({ name: "young", namespace, replicas: 0 }));
  await open(page, `${at("deployments.apps")}?ns=${namespace}`);
  await page.clock.runFor(2_000);
  await expect(row(page, namespace, "young").locator("time").last()).toHaveText(/^\d+s$/);
});
