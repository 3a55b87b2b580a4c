import { test as base, expect, type Browser, type BrowserContext, type Page } from "@playwright/test";

import { Gantry } from "./gantry";
import { createNamespace, removeNamespace } from "./kubectl";
import { setUp } from "./pages";
import { people, state, type Person, type World } from "./world";

export { expect };
export type { World };

/** A server of the test's own, set up, with its main account signed in. */
export interface Own {
  gantry: Gantry;
  context: BrowserContext;
  page: Page;
}

interface Fixtures {
  world: World;
  /** Opens a window of a signed-in person on the shared server. */
  as: (person: Person) => Promise<Page>;
  /** A namespace of this test alone; it is removed afterwards. */
  namespace: string;
  /** Address of a page in the test cluster: `at("pods")`, `at("deployments.apps", namespace, name)`. */
  at: (...parts: string[]) => string;
  own: Own;
}

/** Watches a window: an exception, a panic or a broken island fails the test. */
function watch(page: Page, problems: string[]): void {
  page.on("pageerror", (error) => problems.push(`exception on ${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && /panicked|island|interactive|Content Security Policy|Refused to/i.test(text)) {
      problems.push(`console on ${page.url()}: ${text}`);
    }
  });
}

function address(cluster: string, parts: string[]): string {
  return ["/clusters", cluster, ...parts.map((part) => part.split("/").map(encodeURIComponent).join("/"))].join("/");
}

export async function newContext(browser: Browser, url: string, more: object = {}): Promise<BrowserContext> {
  return browser.newContext({ baseURL: url, locale: "en-US", viewport: { width: 1440, height: 900 }, ...more });
}

export const test = base.extend<Fixtures>({
  world: async ({}, use) => {
    const text = process.env["GANTRY_E2E_WORLD"];
    if (!text) {
      throw new Error("the shared server was not started");
    }
    await use(JSON.parse(text) as World);
  },
  baseURL: async ({ world }, use) => use(world.url),
  at: async ({ world }, use) => use((...parts) => address(world.cluster, parts)),
  as: async ({ browser, world }, use) => {
    const contexts: BrowserContext[] = [];
    const problems: string[] = [];
    await use(async (person) => {
      const context = await newContext(browser, world.url, { storageState: state(world, person) });
      contexts.push(context);
      context.on("page", (page) => watch(page, problems));
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
    expect(problems).toEqual([]);
  },
  namespace: async ({}, use) => {
    const name = await createNamespace("e2e");
    await use(name);
    removeNamespace(name);
  },
  own: async ({ browser }, use) => {
    const gantry = await Gantry.start();
    const context = await newContext(browser, gantry.url);
    const page = await context.newPage();
    await setUp(page, gantry.setUpLink, people.root, "en");
    await use({ gantry, context, page });
    await context.close();
    await gantry.remove();
  },
});
