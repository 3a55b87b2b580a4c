import type { Page } from "@playwright/test";

import { expect, test } from "../../support/fixtures";
import { create, deployment, exists, image, kubectl, read, unique, waitRollout } from "../../support/kubectl";
import { Form, open } from "../../support/pages";

async function fresh(page: Page, address: string, namespace: string, name: string): Promise<Form> {
  await open(page, `${address}?ns=${namespace}`);
  const form = new Form(page);
  await form.text("name", name);
  await form.choose("namespace", namespace);
  return form;
}

const NEW = ["deployments.apps", "~new"];

test("[W-21, W-22, W-29, W-30, W-34] minimal fields make the minimal object, with the default label in all three places", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("min");
  const form = await fresh(page, at(...NEW), namespace, name);
  await form.text("description", "Pays the bills");
  await form.text("containers.0.name", "main");
  await form.text("containers.0.image", "tc.local/busybox");
  await form.text("containers.0.tag", "1.35");
  await form.apply();
  await expect(page).toHaveURL(new RegExp(`/deployments\\.apps/${namespace}/${name}`));
  const object = await read("deployment", name, namespace);
  expect(object.metadata.annotations.description).toBe("Pays the bills");
  for (const labels of [object.metadata.labels, object.spec.selector.matchLabels, object.spec.template.metadata.labels]) {
    expect(labels).toMatchObject({ "k8s-app": name, "qcloud-app": name });
  }
  expect(object.spec.replicas).toBe(1);
  const [container] = object.spec.template.spec.containers;
  expect(container).toMatchObject({ name: "main", image: image.busybox });
  expect(container.command).toBeUndefined();
  expect(container.args).toBeUndefined();
  expect(container.env).toBeUndefined();
  expect(container.ports).toBeUndefined();
  const managers = await kubectl(["get", "deployment", name, "-n", namespace, "--show-managed-fields", "-o", "jsonpath={.metadata.managedFields[*].manager}"]);
  expect(managers.split(" ")).toContain("gantry");
  await open(page, `${at("deployments.apps", namespace, name)}?tab=overview`);
  await expect(page.locator("main")).toContainText("Pays the bills");
});

test("[W-30, W-31, W-32, W-34, W-35, W-38, W-39, W-48, W-49, W-50] every field of the form arrives as typed, and runs", async ({ as, at, namespace }) => {
  test.setTimeout(120_000);
  const page = await as("en");
  const name = unique("full");
  const form = await fresh(page, at(...NEW), namespace, name);
  await form.pair("labels", "tier", "backend");
  await form.text("containers.0.name", "main");
  await form.text("containers.0.image", "tc.local/busybox");
  await form.text("containers.0.tag", "1.35");
  await form.choose("containers.0.pull_policy", "IfNotPresent");
  await form.text("containers.0.cpu_request", "0.02");
  await form.text("containers.0.cpu_limit", "0.5");
  await form.text("containers.0.memory_request", "16.5");
  await form.text("containers.0.memory_limit", "64");
  await form.pair("containers.0.env", "LINES", "one\ntwo  three\n");
  await form.pair("containers.0.env", "EMPTY", "");
  await form.pair("containers.0.env", "UNICODE", "容器 ünïcode $HOME \"q\"");
  await form.field("containers.0.ports").locator(".g-add").click();
  await form.text("containers.0.ports.0.port", "8080");
  await form.text("containers.0.ports.0.name", "http");
  await form.text("containers.0.working_dir", "/tmp");
  await form.text("containers.0.command", "sh\n-c");
  await form.text("containers.0.args", 'pwd; printf "%s|" "$@"; echo; sleep 1000000\nzero\nsleep 5; echo "x"\n  two blanks  ');
  await form.field("containers").locator("> .mt-1 .g-add, :scope > div > .g-add").last().click();
  await form.text("containers.1.name", "side");
  await form.text("containers.1.image", "tc.local/noshell");
  await form.text("containers.1.tag", "1");
  await form.text("replicas", "2");
  await form.apply();
  const object = await read("deployment", name, namespace);
  for (const labels of [object.metadata.labels, object.spec.selector.matchLabels, object.spec.template.metadata.labels]) {
    expect(labels.tier).toBe("backend");
  }
  const [main, side] = object.spec.template.spec.containers;
  expect(side).toMatchObject({ name: "side", image: image.noShell });
  expect(main).toMatchObject({
    imagePullPolicy: "IfNotPresent",
    workingDir: "/tmp",
    command: ["sh", "-c"],
    args: ['pwd; printf "%s|" "$@"; echo; sleep 1000000', "zero", 'sleep 5; echo "x"', "  two blanks  "],
    ports: [{ containerPort: 8080, name: "http", protocol: "TCP" }],
    env: [
      { name: "LINES", value: "one\ntwo  three\n" },
      { name: "EMPTY" },
      { name: "UNICODE", value: '容器 ünïcode $HOME "q"' },
    ],
  });
  expect(main.resources.requests.cpu).toBe("20m");
  expect(main.resources.limits.cpu).toBe("500m");
  const bytes = (await kubectl(["get", "deployment", name, "-n", namespace, "-o", "jsonpath={.spec.template.spec.containers[0].resources.requests.memory}"])).trim();
  expect(["17301504", "16896Ki"]).toContain(bytes);
  await waitRollout(name, namespace);
  await expect
    .poll(() => kubectl(["logs", `deployment/${name}`, "-n", namespace, "-c", "main"]), { timeout: 20_000 })
    .toBe('/tmp\nsleep 5; echo "x"|  two blanks  |\n');
  const environment = await kubectl(["exec", `deployment/${name}`, "-n", namespace, "-c", "main", "--", "sh", "-c", 'printf "%s" "$LINES" | od -An -c; echo "[$EMPTY]"; echo "$UNICODE"']);
  expect(environment).toContain("\\n");
  expect(environment).toContain("[]\n");
  expect(environment).toContain('容器 ünïcode $HOME "q"');
});

test("[W-32] images: a registry with a port and no tag gets latest, a digest stays as it is", async ({ as, at, namespace }) => {
  const page = await as("en");
  const digest = `sha256:${"a".repeat(64)}`;
  for (const [typed, wanted] of [
    ["reg.example:5000/a/b", "reg.example:5000/a/b:latest"],
    [`reg.example/a@${digest}`, `reg.example/a@${digest}`],
  ] as const) {
    const form = await fresh(page, at(...NEW), namespace, unique("img"));
    await form.text("containers.0.name", "main");
    await form.text("containers.0.image", typed);
    await expect(await form.review()).toContainText(wanted);
    await form.back();
    await expect(form.control("containers.0.image")).not.toHaveValue("");
  }
});

test("[W-40] an empty memory limit is written as the request, an empty CPU limit stays away", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("mem");
  const form = await fresh(page, at(...NEW), namespace, name);
  await form.text("containers.0.name", "main");
  await form.text("containers.0.image", "tc.local/busybox");
  await form.text("containers.0.tag", "1.35");
  await form.text("containers.0.cpu_request", "");
  await form.text("containers.0.cpu_limit", "");
  await form.text("containers.0.memory_request", "300");
  await form.text("containers.0.memory_limit", "");
  await form.text("replicas", "0");
  await form.apply();
  const { resources } = (await read("deployment", name, namespace)).spec.template.spec.containers[0];
  expect(resources.requests).toEqual({ memory: "300Mi" });
  expect(resources.limits).toEqual({ memory: "300Mi" });
});

test("[W-28, W-31, W-38, W-48] what cannot be is refused beside its field while typing; apply leads to the first one", async ({ as, at, namespace }) => {
  const page = await as("en");
  const form = await fresh(page, at(...NEW), namespace, "Upper_Case");
  await form.control("name").blur();
  await expect(form.error("name")).toBeVisible();
  await form.text("name", "a".repeat(64));
  await form.control("name").blur();
  await expect(form.error("name")).toContainText("63");
  await form.text("name", "a".repeat(63));
  await form.control("name").blur();
  await expect(form.field("name").locator(".g-error")).toHaveCount(0);
  await form.text("containers.0.name", "main");
  await form.text("containers.0.image", "tc.local/busybox:1.35");
  await form.text("containers.0.cpu_request", "2");
  await form.text("containers.0.cpu_limit", "1");
  await form.control("containers.0.cpu_limit").blur();
  await form.text("containers.0.working_dir", "relative/path");
  await form.control("containers.0.working_dir").blur();
  await expect(page.locator("main .g-error", { hasText: /\S/ }).first()).toBeVisible();
  await expect(form.error("containers.0.working_dir")).toBeVisible();
  await form.applyButton.click();
  await expect(page).toHaveURL(/~new/);
  await expect(page.locator(".g-bottombar [role=status]")).toContainText("2");
  expect(await page.evaluate(() => document.activeElement?.closest("[data-path]")?.getAttribute("data-path"))).toMatch(/containers\.0\.(cpu|working_dir)/);
  // At least one container: the only one has no remove button.
  await expect(page.locator(".g-card__acts button[aria-label='Remove']:visible")).toHaveCount(0);
});

test("[W-21, W-79] form and YAML are two views of one draft: what the form does not know survives both ways", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("two");
  const form = await fresh(page, at(...NEW), namespace, name);
  await form.text("containers.0.name", "main");
  await form.text("containers.0.image", "tc.local/busybox:1.35");
  await form.view("yaml");
  const content = page.locator("#form-yaml .cm-content");
  await expect(content).toContainText(name);
  const { Editor } = await import("../../support/pages");
  const text = JSON.stringify({
    ...deployment({ name, namespace }),
    spec: { ...deployment({ name, namespace })["spec"], minReadySeconds: 1, revisionHistoryLimit: 3 },
  });
  await new Editor(page, "#form-yaml").replace(text);
  await form.view("form");
  await expect(page.getByText(/\d+ fields? not shown|not shown here/i)).toBeVisible();
  await form.text("replicas", "0");
  await form.apply();
  const object = await read("deployment", name, namespace);
  expect(object.spec).toMatchObject({ replicas: 0, minReadySeconds: 1, revisionHistoryLimit: 3 });
  expect(object.spec.template.spec.terminationGracePeriodSeconds).toBe(0);
});

/** A Deployment with much that the form does not show. */
function rich(name: string, namespace: string) {
  const object = deployment({ name, namespace, replicas: 1, labels: { keep: "me" } });
  const probe = { httpGet: { path: "/healthz", port: "web", host: "example.org", httpHeaders: [{ name: "X", value: "y" }] }, periodSeconds: 600 };
  Object.assign(object["spec"].template.spec.containers[0], {
    ports: [{ name: "web", containerPort: 80 }, { name: "admin", containerPort: 81, protocol: "UDP" }],
    env: [{ name: "A", value: "1" }, { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
    envFrom: [{ configMapRef: { name: "settings", optional: true } }],
    resources: { requests: { cpu: "0.01", memory: "1e7" }, limits: { memory: "0.5Gi" } },
    startupProbe: { exec: { command: ["true"] } },
    livenessProbe: { ...probe, initialDelaySeconds: 3600 },
    lifecycle: { preStop: { exec: { command: ["true"] } } },
    volumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
  });
  object["spec"].template.spec.volumes = [{ name: "scratch", emptyDir: { sizeLimit: "10Mi" } }];
  object["spec"].template.spec.containers.push({ name: "second", image: image.busybox, command: ["sleep", "1000000"] });
  object["spec"].template.spec.tolerations = [{ key: "a", operator: "Exists" }];
  object["metadata"].annotations = { "example.org/note": "two  blanks \n and a line" };
  return object;
}

function withoutServerFields(object: any): any {
  const copy = structuredClone(object);
  delete copy.status;
  for (const key of ["managedFields", "resourceVersion", "generation"]) {
    delete copy.metadata[key];
  }
  delete copy.metadata.annotations?.["deployment.kubernetes.io/revision"];
  return copy;
}

test("[W-21, W-77] an update sends the changed path and nothing else; saving nothing sends nothing", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("rich");
  await create(rich(name, namespace));
  await waitRollout(name, namespace);
  const before = await read("deployment", name, namespace);

  await test.step("nothing touched, nothing sent", async () => {
    await open(page, at("deployments.apps", namespace, name, "~edit"));
    const form = new Form(page);
    await expect(page.locator(".g-head button", { hasText: /\d+ fields? .*not shown/ })).toBeVisible();
    await form.applyButton.click();
    await expect(page).not.toHaveURL(/~edit/);
    expect((await read("deployment", name, namespace)).metadata.generation).toBe(before.metadata.generation);
  });

  await test.step("one variable changed", async () => {
    await open(page, at("deployments.apps", namespace, name, "~edit"));
    const form = new Form(page);
    await form.unfold("containers.0.env.0");
    await form.field("containers.0.env.0").locator(".g-w-value").fill("2");
    const review = await form.review();
    await expect(review).toContainText("+");
    await form.applyButton.click();
    await expect(page).not.toHaveURL(/~edit/);
    const after = await read("deployment", name, namespace);
    const wanted = withoutServerFields(before);
    wanted.spec.template.spec.containers[0].env[0].value = "2";
    expect(withoutServerFields(after)).toEqual(wanted);
  });
});

test("[W-77] a refusal by the cluster leaves nothing behind and says why: quota, missing right of a name", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("quota");
  await create({ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "none", namespace }, spec: { hard: { "count/deployments.apps": "0" } } });
  await expect.poll(async () => (await read("resourcequota", "none", namespace)).status?.hard?.["count/deployments.apps"]).toBe("0");
  const form = await fresh(page, at(...NEW), namespace, name);
  await form.text("containers.0.name", "main");
  await form.text("containers.0.image", "tc.local/busybox:1.35");
  await form.applyButton.click();
  await expect(page.locator("main .g-banner").first()).toContainText(/quota/i);
  expect(await exists("deployment", name, namespace)).toBe(false);
  const again = await fresh(page, at(...NEW), namespace, name);
  await again.text("containers.0.name", "main");
  await again.text("containers.0.image", "tc.local/busybox:1.35");
  const review = await again.review();
  await expect(review).toContainText(/quota/i);
  await expect(again.applyButton).toHaveAttribute("aria-disabled", "true");
});

test("[W-21] a reload keeps what was typed, until it is thrown away", async ({ as, at, namespace }) => {
  const page = await as("en");
  const form = await fresh(page, at(...NEW), namespace, "half-done");
  await form.text("containers.0.name", "main");
  await expect.poll(() => page.evaluate(() => JSON.stringify({ ...sessionStorage }))).toContain("half-done");
  page.on("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await expect(form.control("name")).toHaveValue("half-done");
  await page.locator(".g-banner button").first().click();
  await expect(form.control("name")).toHaveValue("");
});
