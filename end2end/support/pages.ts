import { readFileSync } from "node:fs";

import { expect, type Locator, type Page } from "@playwright/test";

/** Opens a page and waits until all its islands are awake. */
export async function open(page: Page, address: string): Promise<void> {
  const answer = await page.goto(address);
  expect(answer?.status(), address).toBeLessThan(400);
  await awake(page);
}

/** Waits until all islands of the page are awake, and none of them is broken. */
export async function awake(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-hydrated", "true", { timeout: 20_000 });
  await expect(page.locator("[data-island-error]")).toHaveCount(0);
}

export interface Credentials {
  name: string;
  password: string;
}

/** Fills the sign-in page that is shown. */
export async function fillLogin(page: Page, { name, password }: Credentials): Promise<void> {
  await page.locator("form[action='/login'] input[name=name]").fill(name);
  await page.locator("form[action='/login'] input[name=password]").fill(password);
  await page.locator("form[action='/login'] button[type=submit]").click();
}

export async function login(page: Page, who: Credentials): Promise<void> {
  await page.goto("/login");
  await fillLogin(page, who);
  await expect(page).not.toHaveURL(/\/login/);
}

/** Makes the main account behind the one-time link. */
export async function setUp(page: Page, link: string, who: Credentials, language: string): Promise<void> {
  await page.goto(link);
  await page.locator("input[name=name]").fill(who.name);
  await page.locator("input[name=password]").fill(who.password);
  await page.locator("input[name=repeated]").fill(who.password);
  await page.locator("select[name=language]").selectOption(language);
  await page.locator("form[action='/setup'] button[type=submit]").click();
  await expect(page).toHaveURL(/\/$|\/clusters$/);
}

/** Makes a sub-account as the main account. Its first password must be changed at the first sign-in. */
export async function createAccount(page: Page, who: Credentials, role: "none" | "read_only" | "full"): Promise<void> {
  await page.goto("/access/accounts/~new");
  await page.locator("input[name=name]").fill(who.name);
  await page.locator(`input[name=role][value=${role}]`).check();
  await page.locator("input[name=password]").fill(who.password);
  await page.locator("input[name=repeated]").fill(who.password);
  await page.locator("form[action='/access/accounts/~new'] button[type=submit]").click();
  await expect(page).toHaveURL(/\/access\/accounts(\?|$)/);
}

/** The first sign-in of a sub-account, with the change of its password. */
export async function firstLogin(page: Page, who: Credentials, firstPassword: string): Promise<void> {
  await page.goto("/login");
  await fillLogin(page, { name: who.name, password: firstPassword });
  await expect(page).toHaveURL(/\/profile\/password/);
  await page.locator("input[name=current]").fill(firstPassword);
  await page.locator("input[name=password]").fill(who.password);
  await page.locator("input[name=repeated]").fill(who.password);
  await page.locator("form[action='/profile/password'] button[type=submit]").click();
  await expect(page).not.toHaveURL(/\/profile\/password/);
}

/** Language and theme of the account, as the switches of the top bar set them. */
export async function prefer(page: Page, choice: { locale?: string; theme?: string }): Promise<void> {
  for (const [name, value] of Object.entries(choice)) {
    const button = page.locator(`header button[name=${name}][value=${value}]`).first();
    await button.evaluate((element) => element.closest("details")?.setAttribute("open", ""));
    await button.click();
    const attribute = name === "locale" ? "lang" : "data-theme";
    await expect(page.locator("html")).toHaveAttribute(attribute, value);
  }
}

/** Signs out by the menu of the top bar. */
export async function signOut(page: Page): Promise<void> {
  const button = page.locator("form[action='/logout'] button");
  await button.evaluate((element) => element.closest("details")?.setAttribute("open", ""));
  await button.click();
  await expect(page).toHaveURL(/\/login/);
}

/** Puts a kubeconfig into the import form and waits for its contexts. */
export async function pasteKubeconfig(page: Page, kubeconfig: string): Promise<Form> {
  await open(page, "/clusters/~import");
  const form = new Form(page);
  await form.field("kubeconfig").locator("textarea").fill(kubeconfig);
  await form.field("kubeconfig").locator("textarea").blur();
  return form;
}

/** Imports the first context of a kubeconfig file through the import page; answers the cluster's id. */
export async function importCluster(page: Page, file: string, name: string): Promise<string> {
  const form = await pasteKubeconfig(page, readFileSync(file, "utf8"));
  await form.text("clusters.0.name", name);
  await form.apply();
  await expect(page).toHaveURL(/\/clusters\/cls-[a-z0-9]{8}$/, { timeout: 30_000 });
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
}

/** The row of an object, by the address that its name leads to. */
export function row(page: Page | Locator, namespace: string, name: string): Locator {
  return page.locator(`tr[data-key]:has(a[href$="/${namespace}/${encodeURIComponent(name)}"])`);
}

/** The cell below the head of a column. */
export async function cell(line: Locator, head: string | RegExp): Promise<Locator> {
  const heads = line.locator("xpath=ancestor::table[1]/thead/tr/th");
  const texts = (await heads.allTextContents()).map((text) => text.trim());
  const at = texts.findIndex((text) => (typeof head === "string" ? text === head : head.test(text)));
  expect(at, `a column ${head} in ${texts.join(", ")}`).toBeGreaterThanOrEqual(0);
  return line.locator("td").nth(at);
}

/** Opens the menu of a row and answers it. */
export async function menu(line: Locator): Promise<Locator> {
  await line.locator("[data-menu-button]").click();
  const shown = line.locator("[role=menu]");
  await expect(shown).toBeVisible();
  return shown;
}

/** The dialog of an action. */
export class Dialog {
  readonly box: Locator;
  constructor(readonly page: Page) {
    this.box = page.locator("dialog#action-dialog");
  }
  async shown(): Promise<this> {
    await expect(this.box).toBeVisible();
    await expect(this.box.locator("form, .g-dialog").first()).toBeVisible();
    return this;
  }
  field(path: string): Locator {
    return this.box.locator(`[data-path="${path}"]`);
  }
  async text(path: string, value: string): Promise<void> {
    await this.field(path).locator("input, textarea").first().fill(value);
  }
  get confirm(): Locator {
    return this.box.locator("[data-confirm]");
  }
  async submit(): Promise<void> {
    await this.confirm.click();
    await expect(this.box).toBeHidden();
  }
  async close(): Promise<void> {
    await this.box.locator(".g-dialog__h button").click();
    await expect(this.box).toBeHidden();
  }
}

/** A form page. Fields are named by their path in the form's data, as refusals name them. */
export class Form {
  constructor(readonly page: Page) {}

  field(path: string): Locator {
    return this.page.locator(`main [data-path="${path}"]`);
  }

  control(path: string): Locator {
    return this.field(path).locator("input, textarea, select").first();
  }

  async text(path: string, value: string): Promise<void> {
    await this.unfold(path);
    await this.control(path).fill(value);
  }

  async choose(path: string, value: string): Promise<void> {
    const select = this.field(path).locator("select");
    if (await select.count()) {
      await select.selectOption(value);
    } else {
      await this.field(path).locator(`input[type=radio][value="${value}"]`).check();
    }
  }

  /** Adds a pair to a key-value list; answers its number. */
  async pair(path: string, key: string, value: string): Promise<void> {
    const list = this.field(path);
    const pairs = this.page.locator(`main [data-path^="${path}."]`).filter({ has: this.page.locator(".g-w-key") });
    const at = await pairs.count();
    await list.locator(".g-add").click();
    await expect(pairs).toHaveCount(at + 1);
    await pairs.nth(at).locator(".g-w-key").fill(key);
    await pairs.nth(at).locator(".g-w-value").fill(value);
  }

  /** Opens the folds around a field. */
  async unfold(path: string): Promise<void> {
    await this.field(path).first().evaluate((element) => {
      for (let around = element.parentElement; around; around = around.parentElement) {
        if (around instanceof HTMLDetailsElement) {
          around.open = true;
        }
      }
    });
  }

  /** The message beside a field. */
  error(path: string): Locator {
    return this.field(path).locator(".g-error").first();
  }

  get applyButton(): Locator {
    return this.page.locator(".g-bottombar .btn-primary");
  }

  /** Applies; where the review opens by itself (warnings, a production cluster) it is confirmed. */
  async apply(): Promise<void> {
    await this.applyButton.click();
    const review = this.page.locator("[data-review]");
    const left = this.page.waitForURL((url) => !/~(new|edit|import)$/.test(url.pathname), { timeout: 30_000 });
    const first = await Promise.race([review.waitFor({ timeout: 30_000 }).then(() => "review"), left.then(() => "left")]).catch(() => "left");
    if (first === "review") {
      await this.applyButton.click();
    }
    await left;
  }

  /** Opens the review: what would happen, before it happens. */
  async review(): Promise<Locator> {
    await this.page.locator(".g-bottombar button:visible:not(.btn-primary)").last().click();
    const shown = this.page.locator("[data-review]");
    await expect(shown).toBeVisible();
    return shown;
  }

  async back(): Promise<void> {
    await this.page.locator(".g-bottombar button.btn-ghost:visible").click();
    await expect(this.page.locator("[data-review]")).toBeHidden();
  }

  /** Goes to the YAML view (1) or back to the form (0). */
  async view(which: "form" | "yaml"): Promise<void> {
    await this.page.locator(".g-head .g-seg button").nth(which === "form" ? 0 : 1).click();
    await expect(this.page.locator(".g-head .g-seg button").nth(which === "form" ? 0 : 1)).toHaveAttribute("aria-pressed", "true");
  }
}

/** The text editor of the page. */
export class Editor {
  readonly content: Locator;
  constructor(readonly page: Page, within = "main") {
    this.content = page.locator(`${within} .cm-content:visible`);
  }

  /** Replaces the whole text as a paste: nothing is indented or completed on the way. */
  async replace(text: string): Promise<void> {
    await this.content.click();
    await this.page.keyboard.press("Control+A");
    await paste(this.content, text);
  }

  /** The whole text; the editor draws only the lines that are in sight, so the page's own copy button is used. */
  async text(): Promise<string> {
    await this.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await this.page.locator("main .g-toolbar button.g-ib").first().click();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }
}

/** Pastes a text into an element, as Ctrl-V would. */
export async function paste(target: Locator, text: string): Promise<void> {
  await target.evaluate((element, value) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", value);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** A message at the corner. */
export function toast(page: Page, text: string | RegExp): Locator {
  return page.locator(".g-toast", { hasText: text });
}
