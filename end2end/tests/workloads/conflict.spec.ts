import type { Page } from "@playwright/test";

import { expect, test } from "../../support/fixtures";
import { create, deployment, exists, kubectl, read, unique } from "../../support/kubectl";
import { Editor, Form, open } from "../../support/pages";

async function edit(page: Page, address: string): Promise<Form> {
  await open(page, `${address}/~edit`);
  return new Form(page);
}

async function fresh(page: Page, address: string, namespace: string, name: string): Promise<Form> {
  await open(page, `${address}?ns=${namespace}`);
  const form = new Form(page);
  await form.text("name", name);
  await form.text("containers.0.name", "main");
  await form.text("containers.0.image", "tc.local/busybox:1.35");
  return form;
}

const banner = (page: Page) => page.locator("main .g-banner").first();

test("[W-79] two people change the same field by form: the second is told beside it and overwrites nothing; another field goes through", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("both");
  await create(deployment({ name, namespace, replicas: 0 }));
  const address = at("deployments.apps", namespace, name);

  await test.step("the same scalar", async () => {
    const form = await edit(page, address);
    await form.text("replicas", "2");
    await kubectl(["patch", "deployment", name, "-n", namespace, "--type=merge", "-p", '{"spec":{"replicas":1}}']);
    await form.applyButton.click();
    await expect(banner(page)).toContainText(/meanwhile/i);
    await expect(form.error("replicas")).toContainText("it is now 1");
    await expect(form.control("replicas")).toHaveValue("2");
    expect((await read("deployment", name, namespace)).spec.replicas).toBe(1);
  });

  await test.step("the same label, in the review", async () => {
    const form = await edit(page, address);
    await form.field("labels.0").locator(".g-w-value").fill("mine");
    await kubectl(["label", "deployment", name, "-n", namespace, "--overwrite", "app=theirs"]);
    const review = await form.review();
    await expect(review).toContainText(/meanwhile/i);
    await expect(form.applyButton).toHaveAttribute("aria-disabled", "true");
    expect((await read("deployment", name, namespace)).metadata.labels.app).toBe("theirs");
  });

  await test.step("another field", async () => {
    const form = await edit(page, address);
    await form.text("description", "mine");
    await kubectl(["label", "deployment", name, "-n", namespace, "other=theirs"]);
    await form.applyButton.click();
    await expect(page).not.toHaveURL(/~edit/);
    const after = await read("deployment", name, namespace);
    expect(after.metadata.annotations.description).toBe("mine");
    expect(after.metadata.labels.other).toBe("theirs");
  });
});

test("[W-79] an object that was deleted or made anew while somebody edits it is not changed and not made again", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("anew");
  await create(deployment({ name, namespace, replicas: 0 }));
  const form = await edit(page, at("deployments.apps", namespace, name));
  await form.text("containers.0.tag", "1.36");
  await kubectl(["delete", "deployment", name, "-n", namespace]);
  await form.applyButton.click();
  await expect(banner(page)).toContainText("does not exist");
  expect(await exists("deployment", name, namespace)).toBe(false);
  await create(deployment({ name, namespace, replicas: 0 }));
  await form.applyButton.click();
  await expect(banner(page)).toContainText("made anew");
  await expect(form.control("containers.0.tag")).toHaveValue("1.36");
  const [container] = (await read("deployment", name, namespace)).spec.template.spec.containers;
  expect(container.image).not.toContain("1.36");
});

test("[W-77] a name that is taken and a namespace that is not there are refused beside their fields", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("taken");
  await create(deployment({ name, namespace, replicas: 0 }));
  const form = await fresh(page, at("deployments.apps", "~new"), namespace, name);
  await form.applyButton.click();
  await expect(form.error("name")).toContainText("exists already");
  const nowhere = await fresh(page, at("deployments.apps", "~new"), "no-such-namespace", name);
  await nowhere.applyButton.click();
  await expect(nowhere.error("namespace")).toContainText("does not exist");
});

test("[W-77] an admission policy's own words reach the person, and what a policy changes is seen before it is applied", async ({ as, at, namespace }) => {
  const page = await as("en");
  const label = unique("policy");
  const match = {
    resourceRules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["deployments"] }],
    objectSelector: { matchExpressions: [{ key: label, operator: "Exists" }] },
  };
  const group = "admissionregistration.k8s.io/v1";
  await create({
    apiVersion: group,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: label },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: match,
      validations: [{ expression: `object.metadata.labels['${label}'] != 'deny'`, message: "团队规定：this label is not allowed" }],
    },
  });
  await create({
    apiVersion: group,
    kind: "MutatingAdmissionPolicy",
    metadata: { name: label },
    spec: {
      failurePolicy: "Fail",
      reinvocationPolicy: "IfNeeded",
      matchConstraints: match,
      mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: `Object{metadata: Object.metadata{annotations: {'sidecar.example.org/status': 'injected'}}}` } }],
    },
  });
  await create({ apiVersion: group, kind: "ValidatingAdmissionPolicyBinding", metadata: { name: label }, spec: { policyName: label, validationActions: ["Deny"] } });
  await create({ apiVersion: group, kind: "MutatingAdmissionPolicyBinding", metadata: { name: label }, spec: { policyName: label } });
  try {
    const probe = deployment({ name: "probe", namespace, labels: { [label]: "yes" } });
    await expect
      .poll(() => kubectl(["create", "--dry-run=server", "-o", "json", "-f", "-"], { input: JSON.stringify(probe) }), { timeout: 30_000 })
      .toContain("injected");
    const denied = deployment({ name: "probe", namespace, labels: { [label]: "deny" } });
    await expect
      .poll(() => kubectl(["create", "--dry-run=server", "-f", "-"], { input: JSON.stringify(denied) }).catch(String), { timeout: 30_000 })
      .toContain("not allowed");

    const form = await fresh(page, at("deployments.apps", "~new"), namespace, unique("pol"));
    await form.pair("labels", label, "deny");
    await form.applyButton.click();
    await expect(banner(page)).toContainText("团队规定：this label is not allowed");

    await form.field("labels.1").locator(".g-w-value").fill("yes");
    await form.applyButton.click();
    const review = page.locator("[data-review]");
    await expect(review).toBeVisible();
    await expect(review).toContainText("sidecar.example.org/status: injected");
  } finally {
    for (const kind of ["validatingadmissionpolicybinding", "mutatingadmissionpolicybinding", "validatingadmissionpolicy", "mutatingadmissionpolicy"]) {
      await kubectl(["delete", kind, label, "--ignore-not-found"]);
    }
  }
});

test("[W-21] comments of an edited text come back from a form in which nothing was changed", async ({ as, at, namespace }) => {
  const page = await as("en");
  const form = await fresh(page, at("deployments.apps", "~new"), namespace, "commented");
  await form.view("yaml");
  const editor = new Editor(page);
  await expect(editor.content).toContainText("name: commented");
  await editor.content.click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("# why it is there\n");
  await form.view("form");
  await expect(form.control("name")).toHaveValue("commented");
  await form.view("yaml");
  await expect(editor.content).toContainText("# why it is there");
});
test("[W-80] a value of the wrong type is named with its line", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("type");
  await create(deployment({ name, namespace, replicas: 0 }));
  const form = await edit(page, at("deployments.apps", namespace, name));
  await form.view("yaml");
  const editor = new Editor(page);
  await expect(editor.content).toContainText("replicas: 0");
  const object = await read("deployment", name, namespace);
  object.spec.replicas = "many";
  delete object.metadata.managedFields;
  await editor.replace(JSON.stringify(object, null, 1));
  await form.applyButton.click();
  await expect(page.locator("main")).toContainText("spec.replicas takes a number");
});

