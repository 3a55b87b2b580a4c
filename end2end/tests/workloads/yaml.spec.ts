import type { Page } from "@playwright/test";

import { expect, test } from "../../support/fixtures";
import { create, deployment, kubectl, read, unique, waitRollout } from "../../support/kubectl";
import { Editor, open } from "../../support/pages";

async function edit(page: Page, address: string): Promise<Editor> {
  await open(page, `${address}?tab=yaml`);
  const editor = new Editor(page);
  await expect(editor.content).toBeVisible();
  await page.locator("main .g-toolbar button", { hasText: "Edit" }).click();
  await expect(editor.content).toHaveAttribute("contenteditable", "true");
  return editor;
}

const apply = (page: Page) => page.locator("main .g-toolbar .btn-primary").click();

/** Applies what the cluster takes; the page is loaded anew and says so. */
async function applied(page: Page): Promise<void> {
  await apply(page);
  await expect(page.locator(".g-toast").first()).toBeVisible();
}

test("[W-79] a change as YAML is applied, status and server fields stay away from it", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("yaml");
  await create(deployment({ name, namespace }));
  await waitRollout(name, namespace);
  const editor = await edit(page, at("deployments.apps", namespace, name));
  const text = await editor.text();
  expect(text).toContain("status:");
  expect(text).not.toContain("managedFields");
  await editor.replace(text.replace("replicas: 1", "replicas: 2"));
  await applied(page);
  await expect.poll(async () => (await read("deployment", name, namespace)).spec.replicas).toBe(2);
});

test("[W-79] somebody else was faster: the conflict is said, the text stays, nothing is overwritten", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("race");
  await create(deployment({ name, namespace }));
  await waitRollout(name, namespace);
  const editor = await edit(page, at("deployments.apps", namespace, name));
  const text = (await editor.text()).replace("replicas: 1", "replicas: 3");
  await editor.replace(text);
  await kubectl(["scale", "deployment", name, "-n", namespace, "--replicas=2"]);
  await apply(page);
  await expect(page.locator("main .g-banner").first()).toContainText(/changed|conflict/i);
  await expect(editor.content).toContainText("replicas: 3");
  expect((await read("deployment", name, namespace)).spec.replicas).toBe(2);
});

test("[W-80] the cluster's own words on an immutable field, and the editor's on broken text, with the line", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("fixed");
  await create(deployment({ name, namespace }));
  await waitRollout(name, namespace);
  const editor = await edit(page, at("deployments.apps", namespace, name));
  const text = await editor.text();
  await editor.replace(text.replace(/(matchLabels:\n\s+app: )\S+/, "$1another").replace(/(template:\n\s+metadata:[\s\S]*?labels:\n\s+app: )\S+/, "$1another"));
  await apply(page);
  await expect(page.locator("main")).toContainText("field is immutable");
  const generation = (await read("deployment", name, namespace)).metadata.generation;

  const again = await edit(page, at("deployments.apps", namespace, name));
  for (const [broken, line] of [
    [`${text}\n  bad indent: [`, /line \d+/i],
    [text.replace("replicas: 1", "replicas: 1\n  replicas: 2"), /line \d+/i],
    [text.replace("replicas: 1", "\treplicas: 1"), /line \d+/i],
  ] as const) {
    await again.replace(broken);
    await apply(page);
    await expect(page.locator("main .g-problem").first()).toContainText(line);
  }
  await again.replace(text.replace("replicas: 1", "replicaz: 1"));
  await apply(page);
  await expect(page.locator("main")).toContainText(/replicaz/);
  await expect(page.locator("main")).toContainText(/unknown field|did you mean|replicas/i);
  expect((await read("deployment", name, namespace)).metadata.generation).toBe(generation);
});

test("[W-79] text arrives byte for byte: blanks at line ends, no newline at the end, long lines, separators", async ({ as, at, namespace }) => {
  const page = await as("en");
  const name = unique("bytes");
  const value = "blank at end \n\ttab\nnext line\u2028separator\r\ncrlf  ";
  await create(deployment({ name, namespace, replicas: 0 }));
  const editor = await edit(page, at("deployments.apps", namespace, name));
  const object = JSON.parse(JSON.stringify(await read("deployment", name, namespace)));
  delete object.metadata.managedFields;
  object.metadata.annotations = { ...object.metadata.annotations, "example.org/text": value, "example.org/long": "x".repeat(20_000) };
  await editor.replace(JSON.stringify(object, null, 1));
  await applied(page);
  await expect.poll(async () => (await read("deployment", name, namespace)).metadata.annotations["example.org/text"]).toBe(value);
  await test.step("and stay so through an edit of another line as the console's YAML", async () => {
    const again = await edit(page, at("deployments.apps", namespace, name));
    await again.replace((await again.text()).replace("replicas: 0", "replicas: 0\n  minReadySeconds: 2"));
    await applied(page);
    await expect.poll(async () => (await read("deployment", name, namespace)).spec.minReadySeconds).toBe(2);
    expect((await read("deployment", name, namespace)).metadata.annotations["example.org/text"]).toBe(value);
  });
});
