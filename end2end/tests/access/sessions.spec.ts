import { expect, newContext, test } from "../../support/fixtures";
import { environment } from "../../support/environment";
import { fillLogin, Form, importCluster, login, open, signOut } from "../../support/pages";
import { people } from "../../support/world";

test("[P-32] a deep link is kept through the sign-in, an address of another site is not followed", async ({ own, browser }) => {
  const context = await newContext(browser, own.gantry.url);
  const page = await context.newPage();
  await page.goto("/access/accounts?sort=-name");
  await expect(page).toHaveURL(/\/login\?next=/);
  await fillLogin(page, people.root);
  await expect(page).toHaveURL(`${own.gantry.url}/access/accounts?sort=-name`);
  await context.clearCookies();
  for (const evil of ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]) {
    await page.goto(`/login?next=${encodeURIComponent(evil)}`);
    await fillLogin(page, people.root);
    await expect(page).toHaveURL(/^http:\/\/127\.0\.0\.1:\d+\/(clusters)?$/);
    await context.clearCookies();
  }
  await context.close();
});

test("[P-29] signing in gives a new session id, and a planted one opens nothing", async ({ own, browser }) => {
  const context = await newContext(browser, own.gantry.url);
  const page = await context.newPage();
  await page.goto("/login");
  const name = (await own.context.cookies()).find((cookie) => cookie.httpOnly && /^(__Host-)?gantry$/.test(cookie.name))?.name;
  expect(name).toBeTruthy();
  const planted = "A".repeat(22);
  await context.addCookies([{ name: name ?? "", value: planted, url: own.gantry.url }]);
  await login(page, people.root);
  const after = (await context.cookies()).find((cookie) => cookie.name === name);
  expect(after?.value).toBeTruthy();
  expect(after?.value).not.toBe(planted);
  expect(after?.httpOnly).toBe(true);
  expect(after?.sameSite).toBe("Lax");
  // A second sign-in over a living session gives another id again, and the first one is dead.
  const other = await newContext(browser, own.gantry.url);
  await other.addCookies([{ name: name ?? "", value: planted, url: own.gantry.url }]);
  const intruder = await other.newPage();
  await intruder.goto("/clusters");
  await expect(intruder).toHaveURL(/\/login/);
  await other.close();
  await context.close();
});

test("[P-29] the list of sessions, ending one and ending all others", async ({ own, browser }) => {
  const contexts = await Promise.all([1, 2].map(() => newContext(browser, own.gantry.url)));
  const others = await Promise.all(contexts.map((context) => context.newPage()));
  for (const page of others) {
    await login(page, people.root);
  }
  await open(own.page, "/profile");
  const lines = own.page.locator("tr[data-key]");
  await expect(lines).toHaveCount(3);
  await open(others[0]!, "/access/accounts");
  await open(others[1]!, "/access/accounts");
  await own.page.locator("form[action='/profile/sessions/end-others'] button").click();
  await expect(own.page).toHaveURL(/done=sessions/);
  await expect(lines).toHaveCount(1);
  // Their live channel tells them within seconds, without a click.
  for (const page of others) {
    await expect(page.locator("dialog#sign-in-dialog")).toBeVisible({ timeout: 10_000 });
    await page.goto("/clusters");
    await expect(page).toHaveURL(/\/login/);
  }
  await Promise.all(contexts.map((context) => context.close()));
});

test("[P-29] signing out ends the session for good: the old cookie opens nothing", async ({ own, browser }) => {
  const context = await newContext(browser, own.gantry.url);
  const page = await context.newPage();
  await login(page, people.root);
  const cookies = await context.cookies();
  await signOut(page);
  await context.addCookies(cookies);
  await page.goto("/clusters");
  await expect(page).toHaveURL(/\/login/);
  await context.close();
});

test("[W-21, P-29] the session ends while somebody types: signing in on the page keeps the text", async ({ own }) => {
  test.setTimeout(120_000);
  const cluster = await importCluster(own.page, environment.kubeconfig, "typing");
  await open(own.page, `/clusters/${cluster}/deployments.apps/~new`);
  const form = new Form(own.page);
  await form.text("name", "kept-through-sign-in");
  await form.text("containers.0.name", "main");
  await form.text("containers.0.image", "tc.local/busybox:1.35");
  await own.context.clearCookies();
  await own.page.locator(".g-bottombar button:visible:not(.btn-primary)").last().click();
  const dialog = own.page.locator("dialog#sign-in-dialog");
  await expect(dialog).toBeVisible();
  await dialog.locator("input[name=password]").fill("Wrong-password-1");
  await dialog.locator("button[type=submit]").click();
  await expect(dialog.locator(".g-banner")).toBeVisible();
  await dialog.locator("input[name=password]").fill(people.root.password);
  await dialog.locator("button[type=submit]").click();
  await expect(dialog).toBeHidden();
  await expect(form.control("name")).toHaveValue("kept-through-sign-in");
  const review = await form.review();
  await expect(review).toContainText("kept-through-sign-in");
});

test("[P-29] too many wrong passwords: a clear wait, for a known and an unknown name alike", async ({ own, browser }) => {
  const context = await newContext(browser, own.gantry.url);
  const page = await context.newPage();
  const answers: string[] = [];
  for (const name of [people.root.name, "no-such-account"]) {
    await page.goto("/login");
    await fillLogin(page, { name, password: "Wrong-password-1" });
    answers.push(await page.locator(".g-banner[role=alert]").innerText());
  }
  expect(answers[0]).toBe(answers[1]);
  await expect
    .poll(
      async () => {
        const answer = await context.request.post("/login", {
          form: { name: people.root.name, password: "Wrong-password-1" },
          headers: { origin: own.gantry.url },
          maxRedirects: 0,
        });
        return answer.status();
      },
      { timeout: 30_000, intervals: [10] },
    )
    .toBe(429);
  await page.goto("/login");
  await fillLogin(page, people.root);
  await expect(page.locator(".g-banner[role=alert]")).toContainText(/\d+/);
  // The one who is signed in is not disturbed.
  await open(own.page, "/clusters");
  await context.close();
});
