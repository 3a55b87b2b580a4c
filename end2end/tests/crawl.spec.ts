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

/** Elements that stick out of the window at the right, once everything has taken its new size. */
async function overflow(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const root = document.documentElement;
    for (let frame = 0; frame < 60 && root.scrollWidth > root.clientWidth; frame += 1) {
      await new Promise(requestAnimationFrame);
    }
    if (root.scrollWidth <= root.clientWidth) {
      return [];
    }
    const wide = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1);
    return [`sticks out ${wide.slice(0, 3).map((element) => `${element.localName}.${element.className}`).join(" ")}`];
  });
}

/** What is wrong, each with how often and where first. */
class Problems {
  readonly #found = new Map<string, string[]>();
  add(where: string, what: string): void {
    this.#found.set(what, [...(this.#found.get(what) ?? []), where]);
  }
  all(): string[] {
    return [...this.#found].map(([what, places]) => `${what} — ${places[0]}${places.length > 1 ? ` and ${places.length - 1} more` : ""}`);
  }
}

/** What a page may be accused of. */
async function judge(page: Page, address: string, locale: Locale, problems: Problems): Promise<void> {
  const where = `${page.viewportSize()?.width} ${address}`;
  if ((await page.locator("html").getAttribute("lang")) !== locale) {
    problems.add(where, "the language of the document is wrong");
  }
  if (!(await page.title())) {
    problems.add(where, "the page has no title");
  }
  for (const found of [...(await missingTexts(page)), ...(await overflow(page))]) {
    problems.add(where, found);
  }
}

async function judgeByAxe(page: Page, where: string, problems: Problems): Promise<void> {
  for (const found of await violations(page)) {
    problems.add(where, found);
  }
}

test.describe("every page", () => {
  let made: Sample;
  test.beforeAll(async () => {
    test.setTimeout(120_000);
    made = await sample(await createNamespace("crawl"));
  });
  test.afterAll(() => removeNamespace(made.namespace));

  for (const locale of LOCALES) {
    test(`[C-1, C-46, W-21, W-79, W-104] in ${locale}, light and dark, wide and narrow: no error, no failed request, no missing text, nothing sticks out, axe is content`, async ({ browser }) => {
      test.setTimeout(420_000);
      const gantry = await Gantry.start();
      const context = await newContext(browser, gantry.url, { locale });
      const page = await context.newPage();
      const problems = new Problems();
      const note = (text: string) => problems.add(page.url().replace(gantry.url, ""), text);
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
          await judgeByAxe(page, address, problems);
        }
        await setUp(page, gantry.setUpLink, people.root, locale);
        const cluster = await importCluster(page, environment.kubeconfig, "crawl");
        const listed = places(cluster, made).map((place) => place.address);
        const waiting = [...listed];
        // Kinds, tabs and objects of the sample that links lead to; each pattern of address once.
        const pattern = (address: string) => address.replace(/cls-[a-z0-9]{8}/, "c").replace(/(c\/[a-z.]+)\/[^/?]+\/[^/?]+/, "$1/n/o").replace(/\?(?!tab=).*/, "").replace(/(\?tab=\w+).*/, "$1");
        const patterns = new Set(waiting.map(pattern));
        // Other tests run beside this one: their objects may be gone before their page is opened.
        const ours = (address: string) => {
          const [, namespace, name] = /^\/clusters\/[^/]+\/[^/?]+\/([^/?~]+)\/([^/?~]+)/.exec(address) ?? [];
          return name === undefined || namespace === made.namespace || namespace === "-" && [made.namespace, made.node].includes(name);
        };
        const visit = async (address: string, theme: string) => {
          await page.setViewportSize({ width: 1440, height: 900 });
          const answer = await page.goto(address);
          if ((answer?.status() ?? 500) >= 400) {
            return;
          }
          await awake(page);
          await judge(page, address, locale, problems);
          await judgeByAxe(page, `${theme} ${address}`, problems);
          for (const link of await page.locator("a[href^='/']").evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""))) {
            const clean = link.split("#")[0] ?? "";
            if (clean && ours(clean) && !clean.startsWith("/api/") && !clean.includes("~logs") && !patterns.has(pattern(clean))) {
              patterns.add(pattern(clean));
              waiting.push(clean);
            }
          }
          await page.setViewportSize({ width: 390, height: 844 });
          await judge(page, address, locale, problems);
        };
        for (let at = 0; at < waiting.length; at += 1) {
          await visit(waiting[at]!, "light");
        }
        expect(waiting.length).toBeGreaterThan(listed.length);
        // The switches of the top bar stand in the account's menu on a narrow window.
        await page.setViewportSize({ width: 1440, height: 900 });
        await page.goto("/clusters");
        await awake(page);
        await prefer(page, { theme: "dark" });
        for (const address of listed) {
          await visit(address, "dark");
        }
        expect(problems.all()).toEqual([]);
        // The page of what does not exist, last: its status is an error of the console by design.
        const missing = `/clusters/${cluster}/pods/no-such/pod`;
        expect((await page.goto(missing))?.status()).toBe(404);
        const last = new Problems();
        await judge(page, missing, locale, last);
        await judgeByAxe(page, missing, last);
        expect(last.all()).toEqual([]);
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

test("[W-104] a cell that changed just now is readable in both themes, whatever its colour", async ({ as, at }) => {
  const page = await as("en");
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.goto(at("nodes"));
    await page.evaluate(() => {
      const words = ["text-ink", "text-ink-2", "text-ink-3", "text-err", "text-warn"].map((name) => `<span class="${name}">word</span>`);
      const cell = document.querySelector("tbody td:nth-child(3)");
      if (cell) {
        cell.innerHTML = `<span class="g-flash" data-hold>${words.join(" ")}</span>`;
      }
    });
    await expect(page.locator(".g-flash[data-hold]")).toBeVisible();
    expect(await violations(page), theme).toEqual([]);
  }
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
  expect((await page.request.get(at("pods"), { headers: { "accept-encoding": "br" } })).headers()["content-encoding"]).toBe("br");
  const script = await page.locator("script[type=module]").getAttribute("src");
  const asset = await page.request.get(`${world.url}${script}`);
  expect(asset.headers()["cache-control"]).toContain("immutable");
});
