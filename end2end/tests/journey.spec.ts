import { Gantry } from "../support/gantry";
import { expect, newContext, test } from "../support/fixtures";
import { exists, image, kubectl, deployment, create, read, unique } from "../support/kubectl";
import { environment } from "../support/environment";
import { awake, Dialog, fillLogin, Form, importCluster, menu, open, row, setUp, signOut } from "../support/pages";
import { LOCALES, text, type Locale } from "../support/texts";
import { people } from "../support/world";

for (const locale of LOCALES) {
  test(`[C-1, C-2, C-4, C-5, C-46, W-22, W-91, W-96, W-100, P-32] the whole way from the one-time link to an application and back, ${locale}`, async ({ browser, namespace }) => {
    test.setTimeout(240_000);
    const gantry = await Gantry.start();
    const context = await newContext(browser, gantry.url, { locale });
    const page = await context.newPage();
    const name = unique("shop");
    const t = (key: string, values: Record<string, string | number> = {}) => text(locale as Locale, key, values);
    try {
      await test.step("the link makes the main account, once", async () => {
        await page.goto(`${gantry.url}/setup?token=wrong`);
        await expect(page.locator("form[action='/setup']")).toHaveCount(0);
        await setUp(page, gantry.setUpLink, people.root, locale);
        const other = await newContext(browser, gantry.url);
        const second = await other.newPage();
        await second.goto(gantry.setUpLink);
        await expect(second.locator("form[action='/setup']")).toHaveCount(0);
        await other.close();
      });

      await test.step("a new user sees the three steps", async () => {
        await open(page, "/");
        await expect(page.locator("html")).toHaveAttribute("lang", locale);
        await expect(page.getByRole("heading", { level: 1 })).toHaveText(t("clusters-title"));
        await expect(page.locator(".g-steps li")).toHaveCount(3);
        await page.locator(".g-steps").getByRole("link", { name: t("clusters-import") }).click();
        await expect(page).toHaveURL(/~import$/);
      });

      const cluster = await test.step("a cluster is imported", () => importCluster(page, environment.kubeconfig, "shop-prod"));
      const at = (path: string) => `/clusters/${cluster}/${path}`;

      await test.step("its pages are reached from the list", async () => {
        await open(page, "/clusters");
        const line = page.locator(`tr[data-key="${cluster}"]`);
        await expect(line).toContainText(cluster);
        await expect(line.locator("td[data-p=s]")).toHaveText(t("state-Running"), { timeout: 30_000 });
        const version = JSON.parse(await kubectl(["version", "-o", "json"])).serverVersion.gitVersion as string;
        await expect(line).toContainText(version);
        await line.getByRole("link", { name: "shop-prod" }).or(line.getByRole("link", { name: cluster })).first().click();
        await expect(page).toHaveURL(new RegExp(`/clusters/${cluster}$`));
        await awake(page);
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("shop-prod");
        await expect(page.getByText(t("clusters-capacity"), { exact: true })).toBeVisible();
      });

      await test.step("a Deployment is made with the form", async () => {
        await open(page, `${at("deployments.apps/~new")}?ns=${namespace}`);
        const form = new Form(page);
        await form.text("name", name);
        await form.choose("namespace", namespace);
        await form.text("containers.0.name", "web");
        await form.text("containers.0.image", "tc.local/busybox");
        await form.text("containers.0.tag", "1.35");
        const review = await form.review();
        await expect(review).toContainText(name);
        await expect(review).toContainText("tc.local/busybox:1.35");
        expect(await exists("deployment", name, namespace)).toBe(false);
        await form.applyButton.click();
        await expect(page).toHaveURL(new RegExp(`/deployments\\.apps/${namespace}/${name}`));
        await awake(page);
      });

      await test.step("it comes to life on its own page and in the list", async () => {
        await expect(page.locator(".g-head .g-state")).toHaveText(t("state-Running"), { timeout: 30_000 });
        await expect(page.locator("tr[data-key] td[data-p=s]")).toHaveText(t("state-Running"), { timeout: 30_000 });
        await open(page, `${at("deployments.apps")}?ns=${namespace}`);
        await expect(row(page, namespace, name)).toContainText("1/1", { timeout: 30_000 });
      });

      await test.step("what kubectl makes appears without a reload", async () => {
        const other = `${name}-k`;
        await create(deployment({ name: other, namespace }));
        await expect(row(page, namespace, other)).toBeVisible({ timeout: 5_000 });
        await expect(row(page, namespace, other)).toContainText("1/1", { timeout: 30_000 });
        await kubectl(["delete", "deployment", other, "-n", namespace]);
        await expect(row(page, namespace, other)).toHaveCount(0, { timeout: 5_000 });
      });

      await test.step("it is scaled from its row", async () => {
        await row(page, namespace, name).getByRole("button", { name: t("action-scale") }).click();
        const dialog = await new Dialog(page).shown();
        await dialog.text("replicas", "2");
        await dialog.submit();
        await expect(row(page, namespace, name)).toContainText("2/2", { timeout: 30_000 });
      });

      await test.step("it is deployed anew", async () => {
        const before = await kubectl(["get", "pods", "-n", namespace, "-o", "jsonpath={.items[*].metadata.uid}"]);
        await (await menu(row(page, namespace, name))).getByRole("menuitem", { name: t("action-redeploy") }).click();
        await (await new Dialog(page).shown()).submit();
        await expect
          .poll(async () => {
            const now = await kubectl(["get", "pods", "-n", namespace, "-o", "jsonpath={.items[*].metadata.uid}"]);
            return now.split(" ").filter((uid) => before.includes(uid)).length;
          }, { timeout: 60_000 })
          .toBe(0);
        const object = await read("deployment", name, namespace);
        expect(object.spec.template.metadata.annotations["qcloud-redeploy-timestamp"]).toMatch(/^\d+$/);
        expect(object.spec.template.spec.containers[0].image).toBe(image.busybox);
      });

      await test.step("it is deleted, and its Pods with it", async () => {
        await (await menu(row(page, namespace, name))).getByRole("menuitem", { name: new RegExp(`^${t("action-delete")}`) }).click();
        await (await new Dialog(page).shown()).submit();
        await expect(row(page, namespace, name)).toHaveCount(0);
        await expect.poll(() => exists("deployment", name, namespace)).toBe(false);
      });

      await test.step("the cluster is removed and left untouched", async () => {
        await open(page, `/clusters/${cluster}`);
        await page.locator(".g-head details.g-drop > summary").last().click();
        await page.locator("[data-action=cluster-remove]").click();
        const dialog = await new Dialog(page).shown();
        await expect(dialog.confirm).toHaveAttribute("aria-disabled", "true");
        await dialog.box.locator("[data-typed-name]").fill("shop-prod");
        await dialog.confirm.click();
        await expect(page).toHaveURL(/\/clusters$/);
        await expect(page.locator(`tr[data-key="${cluster}"]`)).toHaveCount(0);
        expect((await kubectl(["get", "namespace", namespace, "-o", "name"])).trim()).toBe(`namespace/${namespace}`);
        expect((await page.goto(`/clusters/${cluster}`))?.status()).toBe(404);
      });

      await test.step("signing out, a wrong password, signing in", async () => {
        await open(page, "/clusters");
        await signOut(page);
        await fillLogin(page, { ...people.root, password: "wrong-Password-1" });
        await expect(page.locator(".g-banner[role=alert]")).toHaveText(t("access-wrong-password"));
        await expect(page.locator("input[name=name]")).toHaveValue(people.root.name);
        await fillLogin(page, people.root);
        await expect(page).toHaveURL(/\/$|\/clusters$/);
      });
    } finally {
      await context.close();
      await gantry.remove();
    }
  });
}
