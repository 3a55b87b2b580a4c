import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:tls";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type { Page } from "@playwright/test";

import { environment } from "../../support/environment";
import { expect, test } from "../../support/fixtures";
import { kubectl, read } from "../../support/kubectl";
import { Dialog, importCluster, open } from "../../support/pages";

test("[C-2] the list and the overview show what kubectl shows", async ({ as, at, world }) => {
  const page = await as("en");
  const version = JSON.parse(await kubectl(["version", "-o", "json"])).serverVersion.gitVersion as string;
  const nodes = JSON.parse(await kubectl(["get", "nodes", "-o", "json"])).items as any[];
  await open(page, "/clusters?q=prod-a");
  const line = page.locator(`tr[data-key="${world.cluster}"]`);
  await expect(line).toContainText(world.cluster);
  await expect(line).toContainText(version);
  await expect(line.locator("td[data-p=s]")).toHaveText("Running");
  await open(page, "/clusters?q=no-such-cluster");
  await expect(page.locator("tr[data-key]")).toHaveCount(0);
  await open(page, at());
  await expect(page.locator("main")).toContainText(version);
  await expect(page.locator("main")).toContainText(`${nodes.length} of ${nodes.length} ready`);
  await expect(page.locator("main")).toContainText("Each account as itself (impersonation)");
});

/** The text behind a label of the credential dialog. */
async function snippet(page: Page, label: string): Promise<string> {
  const part = page.locator("dialog#action-dialog .mt-3", { has: page.getByText(label, { exact: true }) }).last();
  const reveal = part.locator("button[aria-pressed=false]");
  if (await reveal.count()) {
    await reveal.click();
  }
  return part.locator("pre").innerText();
}

test("[C-57, C-58, C-63, C-64, C-65] the credential dialog: own identity, files that work, commands with real values", async ({ as, at, world }) => {
  test.setTimeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "gantry-credential-"));
  const who: Record<string, string> = {};
  for (const person of ["en", "viewer"] as const) {
    const page = await as(person);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await open(page, at());
    await page.locator("[data-action=cluster-credential]").click();
    const dialog = await new Dialog(page).shown();
    const section = dialog.box.locator(".mt-3", { has: page.getByText("Kubeconfig of your account", { exact: true }) }).last();
    await expect(section.locator("pre")).toHaveText(/^[•\n]+$/);
    const [download] = await Promise.all([page.waitForEvent("download"), section.getByRole("button", { name: "Download" }).click()]);
    expect(download.suggestedFilename()).toBe(`${world.cluster}.kubeconfig`);
    const file = join(folder, person);
    await download.saveAs(file);
    const answer = JSON.parse(await kubectl(["auth", "whoami", "-o", "json"], { kubeconfig: file }));
    who[person] = answer.status.userInfo.username;
    expect(answer.status.userInfo.groups).toContain(person === "en" ? "gantry:full-access" : "gantry:read-only");
    expect(await snippet(page, "User name")).toBe(who[person]);
    expect(await kubectl(["get", "nodes", "-o", "name"], { kubeconfig: file })).toContain("node/");
    expect((await kubectl(["auth", "can-i", "delete", "pods", "-A"], { kubeconfig: file }).catch((error: Error) => String(error))).startsWith("yes")).toBe(person === "en");
    if (person === "en") {
      await test.step("the CA certificate verifies the API server", async () => {
        const ca = await snippet(page, "Cluster CA certificate");
        const url = new URL(JSON.parse(await kubectl(["config", "view", "-o", "json"], { kubeconfig: file })).clusters[0].cluster.server);
        await new Promise<void>((resolve, reject) => {
          const socket = connect({ host: url.hostname, port: Number(url.port), ca, servername: "kubernetes" }, () => {
            socket.end();
            resolve();
          });
          socket.on("error", reject);
        });
      });
      await test.step("the one-shot command works as it stands", async () => {
        const command = await snippet(page, "One command");
        writeFileSync(join(folder, `${world.cluster}.kubeconfig`), readFileSync(file));
        const words = command.split(" ");
        expect(words[0]).toBe("kubectl");
        const out = execFileSync(environment.kubectl, words.slice(1), { cwd: folder, encoding: "utf8" });
        expect(out).toContain("Ready");
      });
      await test.step("install commands name the cluster's own version, per system", async () => {
        const version = JSON.parse(await kubectl(["version", "-o", "json"])).serverVersion.gitVersion as string;
        for (const [label, part] of [["kubectl for Linux", "linux"], ["kubectl for macOS", "darwin"], ["kubectl for Windows", "windows"]] as const) {
          const command = await snippet(page, label);
          expect(command).toContain(part);
          expect(command).toContain(/v\d+\.\d+\.\d+/.exec(version)?.[0]);
        }
        expect(await snippet(page, "Completion in bash")).toBe("source <(kubectl completion bash)");
      });
      await test.step("the lasting commands work as they stand, in an empty home and again when the credential was renewed", async () => {
        const command = await snippet(page, "Lasting configuration");
        const env = { HOME: folder, PATH: `${dirname(environment.kubectl)}:${process.env["PATH"]}` };
        const shell = (line: string) => execFileSync("bash", ["-c", line], { cwd: folder, env, encoding: "utf8" });
        const fresh = readFileSync(join(folder, `${world.cluster}.kubeconfig`), "utf8");
        const ended = fresh.replace(/client-certificate-data: .*/, 'client-certificate-data: "ZW5kZWQ="');
        expect(ended).not.toBe(fresh);
        for (const text of [ended, fresh]) {
          writeFileSync(join(folder, `${world.cluster}.kubeconfig`), text);
          shell(command);
        }
        expect(shell("kubectl config current-context").trim()).toBe(`gantry:alice@${world.cluster}`);
        expect(shell("kubectl get nodes -o name")).toContain("node/");
        expect(statSync(join(folder, ".kube/config")).mode & 0o777).toBe(0o600);
      });
      await test.step("copy", async () => {
        await section.getByRole("button", { name: "Copy" }).click();
        expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(readFileSync(file, "utf8"));
      });
    }
  }
  expect(who["en"]).toBe("gantry:alice");
  expect(who["viewer"]).toBe("gantry:viewer");
  rmSync(folder, { recursive: true });
});

test("[C-2] rename, description, colour, badge and deletion protection", async ({ own }) => {
  const page = own.page;
  const cluster = await importCluster(page, environment.kubeconfig, "first-name");
  const edit = async (change: (dialog: Dialog) => Promise<void>) => {
    await open(page, `/clusters/${cluster}`);
    await page.locator("[data-action=cluster-edit]").first().click();
    const dialog = await new Dialog(page).shown();
    await change(dialog);
    await dialog.confirm.click();
    return dialog;
  };
  await edit(async (dialog) => {
    await dialog.text("name", "second-name");
    await dialog.text("description", "Shops of the north");
    await dialog.text("badge", "PROD");
    await dialog.field("production").locator("input").check();
    await dialog.field("protected").locator("input").check();
  });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("second-name");
  await expect(page.locator("main")).toContainText("Shops of the north");
  await expect(page.locator(".g-crumbs")).toContainText("PROD");

  await test.step("on every page of the cluster", async () => {
    await open(page, `/clusters/${cluster}/pods`);
    await expect(page.locator(".g-crumbs")).toContainText("second-name");
    await expect(page.locator(".g-crumbs")).toContainText("PROD");
  });

  await test.step("a protected cluster is not removed", async () => {
    await open(page, `/clusters/${cluster}`);
    await page.locator(".g-head details.g-drop > summary").last().click();
    await page.locator("[data-action=cluster-remove]").click();
    const dialog = await new Dialog(page).shown();
    await expect(dialog.box.locator(".g-banner")).toContainText("Deletion protection is on");
    await expect(dialog.confirm).toHaveCount(0);
    const answer = await page.request.post("/api/dialog/submit", {
      data: { action: "cluster-remove", target: { cluster: { cluster } }, data: {}, typed: "second-name" },
      headers: { origin: own.gantry.url },
    });
    expect(answer.status()).toBe(409);
  });

  await test.step("an empty name is refused beside the field", async () => {
    const dialog = await edit((dialog) => dialog.text("name", ""));
    await expect(dialog.field("name").locator(".g-error")).toBeVisible();
  });
});

test("[C-2, C-46] nodes and namespaces: lists and details beside kubectl", async ({ as, at }) => {
  const page = await as("en");
  const node = (await kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"])).trim();
  await open(page, at("nodes"));
  const line = page.locator(`tr[data-key]:has(a[href$="/-/${node}"])`);
  await expect(line.locator("td[data-p=s]")).toHaveText(/Healthy|Running|Ready/);
  await line.locator(`a[href$="/-/${node}"]`).first().click();
  const object = await read("node", node);
  await page.locator(".g-tabs a", { hasText: "Overview" }).click();
  await expect(page.locator("main")).toContainText(object.status.nodeInfo.kubeletVersion);
  await open(page, at("namespaces"));
  await expect(page.locator('tr[data-key]:has(a[href$="/-/kube-system"])')).toBeVisible();
});
