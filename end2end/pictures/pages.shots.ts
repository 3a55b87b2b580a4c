import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test as base, type Page } from "@playwright/test";

import { environment } from "../support/environment";
import { newContext } from "../support/fixtures";
import { Gantry } from "../support/gantry";
import { createNamespace, removeNamespace } from "../support/kubectl";
import { awake, Form, importCluster, prefer, setUp } from "../support/pages";
import { places, sample, type Sample } from "../support/routes";
import { LOCALES } from "../support/texts";
import { people } from "../support/world";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "shots");
/** The pictures of the README; they are committed. */
const readme = join(root, "screenshots");
const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

/** What a page needs before its picture is taken. */
async function settle(page: Page, id: string): Promise<void> {
  await awake(page);
  if (id === "terminal") {
    await expect(page.locator(".g-term__head [role=status] [data-s=ok]")).toBeVisible({ timeout: 20_000 });
    await page.keyboard.type("ls /; echo $BASH_VERSION");
    await page.keyboard.press("Enter");
    await expect(page.locator(".xterm-rows")).toContainText("5.");
  }
  if (id.endsWith("-logs")) {
    await expect(page.locator("#log-lines [data-n], tr[data-key]").first()).toBeVisible();
  }
  if (id.endsWith("-yaml")) {
    await expect(page.locator(".cm-content")).toBeVisible();
  }
  if (id === "workload-new") {
    const form = new Form(page);
    await form.text("name", "payment-gateway");
    await form.text("containers.0.name", "main");
    await form.text("containers.0.image", "registry.example.com/pay/gateway");
    await form.text("containers.0.tag", "2.4.1");
  }
}

const test = base;

for (const locale of LOCALES) {
  test(`pictures in ${locale}`, async ({ browser: chromium }) => {
    const gantry = await Gantry.start();
    let made: Sample | undefined;
    const context = await newContext(chromium, gantry.url, { locale });
    try {
      mkdirSync(folder, { recursive: true });
      const page = await context.newPage();
      page.on("dialog", (dialog) => void dialog.accept());
      const take = async (id: string, theme: string, size: keyof typeof sizes) => {
        await page.screenshot({ path: join(folder, `${id}.${locale}.${theme}.${size}.png`), animations: "disabled" });
      };
      await page.setViewportSize(sizes.wide);
      await page.goto(gantry.setUpLink);
      await take("set-up", "light", "wide");
      await page.goto("/login");
      await take("login", "light", "wide");
      await setUp(page, gantry.setUpLink, people.root, locale);
      await take("first-steps", "light", "wide");
      made = await sample(await createNamespace("shop"));
      const cluster = await importCluster(page, environment.kubeconfig, "prod-a");
      for (const theme of ["light", "dark"]) {
        await page.setViewportSize(sizes.wide);
        await page.goto("/clusters");
        await awake(page);
        await prefer(page, { theme });
        for (const { id, address } of places(cluster, made)) {
          for (const size of Object.keys(sizes) as (keyof typeof sizes)[]) {
            await page.setViewportSize(sizes[size]);
            await page.goto(address);
            await settle(page, id);
            await take(id, theme, size);
            if (locale === "en" && theme === "light" && size === "wide" && ["clusters", "deployments", "workload-new", "pod-logs", "terminal"].includes(id)) {
              await page.screenshot({ path: join(readme, `${id}.png`), animations: "disabled" });
            }
          }
        }
      }
    } finally {
      await context.close();
      await gantry.remove();
      if (made) {
        removeNamespace(made.namespace);
      }
    }
  });
}
