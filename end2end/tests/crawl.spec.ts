import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { Page } from "@playwright/test";

import { environment } from "../support/environment";
import { expect, newContext, test } from "../support/fixtures";
import { Gantry } from "../support/gantry";
import { createNamespace, removeNamespace } from "../support/kubectl";
import { awake, importCluster, prefer, setUp } from "../support/pages";
import { places, sample, type Sample } from "../support/routes";
import { LOCALES, type Locale } from "../support/texts";
import { people } from "../support/world";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Rules of WCAG 2 A and AA that the page breaks, with the elements. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const result = await (window as any).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"] });
    return result.violations.flatMap((found: any) => found.nodes.map((node: any) => `${found.id}: ${node.target.join(" ")} ${node.any[0]?.message ?? ""}`));
  });
}

/** Words that stand for a missing text, and keys that were never translated. */
async function missingTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const text = document.body.innerText + [...document.querySelectorAll("[title],[aria-label],[placeholder]")].map((element) => ["title", "aria-label", "placeholder"].map((name) => element.getAttribute(name) ?? "").join(" ")).join(" ");
    return [...(text.match(/⟦[^⟧]*⟧/g) ?? []), ...(text.match(/\b(ui|forms|state|column|action|detail|clusters|access|accounts|nav|common|kind|error|change|dialog|logs|terminal)-[a-z]+(-[a-z]+)+\b/g) ?? [])];
  });
}

/** Elements that stick out of the window at the right. */
async function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) {
      return [];
    }
    const wide = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1);
    return [`${root.scrollWidth} > ${root.clientWidth}`, ...wide.slice(0, 3).map((element) => `${element.localName}.${element.className}`)];
  });
}

/** What a page may be accused of. */
async function judge(page: Page, address: string, locale: Locale, problems: string[]): Promise<void> {
  const where = `${locale} ${page.viewportSize()?.width} ${address}`;
  const add = (found: string[]) => problems.push(...found.slice(0, 5).map((text) => `${where}: ${text}`));
  if ((await page.locator("html").getAttribute("lang")) !== locale) {
    add(["the language of the document is wrong"]);
  }
  add(await missingTexts(page));
  add(await overflow(page));
  if (locale === "zh-CN") {
    const title = await page.title();
    if (!title) {
      add(["the page has no title"]);
    }
  }
}

test.describe("every page", () => {
  let made: Sample;
  test.beforeAll(async () => {
    made = await sample(await createNamespace("crawl"));
  });
  test.afterAll(() => removeNamespace(made.namespace));

  for (const locale of LOCALES) {
    test(`[C-1, C-46, W-21, W-79, W-104] in ${locale}, light and dark, wide and narrow: no error, no failed request, no missing text, nothing sticks out, axe is content`, async ({ browser }) => {
      test.setTimeout(420_000);
      const gantry = await Gantry.start();
      const context = await newContext(browser, gantry.url, { locale });
      const page = await context.newPage();
      const problems: string[] = [];
      const note = (text: string) => problems.push(`${locale} ${page.url().replace(gantry.url, "")}: ${text}`);
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") {
          note(`console: ${message.text()}`);
        }
      });
      page.on("pageerror", (error) => note(`exception: ${error.message}`));
      page.on("requestfailed", (request) => {
        // A page that is left cuts its own requests.
        if (request.failure()?.errorText !== "net::ERR_ABORTED") {
          note(`request: ${request.url()} ${request.failure()?.errorText}`);
        }
      });
      page.on("response", (response) => {
        if (response.status() >= 400) {
          note(`${response.status()} ${response.url().replace(gantry.url, "")}`);
        }
        if (!response.url().startsWith(gantry.url) && !response.url().startsWith("data:") && !response.url().startsWith("blob:")) {
          note(`foreign address ${response.url()}`);
        }
      });
      try {
        for (const address of ["/login", gantry.setUpLink.replace(gantry.url, "")]) {
          await page.goto(address);
          await awake(page);
          await judge(page, address, locale, problems);
          problems.push(...(await violations(page)).map((text) => `${locale} ${address}: ${text}`));
        }
        await setUp(page, gantry.setUpLink, people.root, locale);
        const cluster = await importCluster(page, environment.kubeconfig, "crawl");
        const waiting = places(cluster, made).map((place) => place.address);
        const seen = new Set<string>();
        // Kinds, tabs and objects of the sample that links lead to; each pattern of address once.
        const pattern = (address: string) => address.replace(/cls-[a-z0-9]{8}/, "c").replace(/(c\/[a-z.]+)\/[^/?]+\/[^/?]+/, "$1/n/o").replace(/\?(?!tab=).*/, "");
        const patterns = new Set(waiting.map(pattern));
        for (const theme of ["light", "dark"]) {
          // The switches of the top bar stand in the account's menu on a narrow window.
          await page.setViewportSize({ width: 1440, height: 900 });
          await page.goto("/clusters");
          await awake(page);
          await prefer(page, { theme });
          for (let at = 0; at < waiting.length; at += 1) {
            const address = waiting[at]!;
            await page.setViewportSize({ width: 1440, height: 900 });
            const answer = await page.goto(address);
            if ((answer?.status() ?? 500) >= 400) {
              continue;
            }
            await awake(page);
            await judge(page, address, locale, problems);
            problems.push(...(await violations(page)).slice(0, 4).map((text) => `${locale} ${theme} ${address}: ${text}`));
            if (!seen.has(address)) {
              seen.add(address);
              const links = await page.locator("a[href^='/']").evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
              for (const link of links) {
                const clean = link.split("#")[0] ?? "";
                if (clean && !clean.startsWith("/api/") && !clean.includes("~logs") && !patterns.has(pattern(clean))) {
                  patterns.add(pattern(clean));
                  waiting.push(clean);
                }
              }
            }
            await page.setViewportSize({ width: 390, height: 844 });
            await judge(page, address, locale, problems);
            if (theme === "light") {
              problems.push(...(await violations(page)).slice(0, 4).map((text) => `${locale} narrow ${address}: ${text}`));
            }
          }
        }
        expect(waiting.length).toBeGreaterThanOrEqual(33);
        await page.goto(`/clusters/${cluster}/pods/no-such/pod`).catch(() => undefined);
        await judge(page, "the page of what does not exist", locale, problems);
        // The two answers 404 of the last page are what was asked for.
        const unexpected = problems.filter((text) => !text.includes("/pods/no-such/pod"));
        expect([...new Set(unexpected)]).toEqual([]);
      } finally {
        await context.close();
        await gantry.remove();
      }
    });
  }

  test("[C-1, C-2, W-104] without scripts: signing in, lists, filters, namespaces, pages, details, language", async ({ browser, world }) => {
    const context = await newContext(browser, world.url, { javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`/clusters/${world.cluster}/deployments.apps?ns=${made.namespace}&sort=name`);
    await page.locator("input[name=name]").fill(people.en.name);
    await page.locator("input[name=password]").fill(people.en.password);
    await page.locator("form[action='/login'] button[type=submit]").click();
    await expect(page.locator("tr[data-key]")).toHaveCount(4);
    await page.locator("[data-filter]").fill("orders");
    await page.locator("[data-filter]").press("Enter");
    await expect(page.locator("tr[data-key]")).toHaveCount(1);
    await page.locator("tr[data-key] td[data-p='1'] a").first().click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("orders");
    await page.locator(".g-tabs a").first().click();
    await expect(page.locator("main")).toContainText("busybox:1.35");
    for (const address of ["/clusters", `/clusters/${world.cluster}`, `/clusters/${world.cluster}/pods?ns=${made.namespace}`, `/clusters/${world.cluster}/nodes`, "/profile"]) {
      expect((await page.goto(address))?.status()).toBe(200);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    }
    await context.close();
  });
});

test("[P-31] headers that keep a page to itself, and no cache of what was seen", async ({ as, world, at }) => {
  const page = await as("en");
  const answer = await page.goto(at("pods"));
  const headers = answer?.headers() ?? {};
  expect(headers["content-security-policy"]).toMatch(/script-src [^;]*'nonce-[^']+'[^;]*'strict-dynamic'/);
  expect(headers["content-security-policy"]).not.toMatch(/script-src[^;]*'unsafe-(inline|eval)'/);
  expect(headers["content-security-policy"]).toMatch(/frame-ancestors 'none'/);
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers["cache-control"]).toContain("no-store");
  const script = await page.locator("script[type=module]").getAttribute("src");
  const asset = await page.request.get(`${world.url}${script}`);
  expect(asset.headers()["cache-control"]).toContain("immutable");
});
