import { expect, newContext, test } from "../../support/fixtures";
import { awake, login, open, prefer } from "../../support/pages";
import { people } from "../../support/world";

test("[C-1] language and theme: from the browser before sign-in, from the account afterwards, kept on the next device", async ({ own, browser }) => {
  const chinese = await newContext(browser, own.gantry.url, { locale: "zh-CN", colorScheme: "dark" });
  const page = await chinese.newPage();
  await page.goto("/login");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
  await expect(page.locator("html")).not.toHaveAttribute("data-theme", /./);
  await login(page, people.root);
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await open(page, "/clusters?sort=-name");
  await prefer(page, { locale: "zh-CN", theme: "dark" });
  expect(new URL(page.url()).search).toBe("?sort=-name");
  await chinese.close();

  const english = await newContext(browser, own.gantry.url, { locale: "en-US" });
  const other = await english.newPage();
  await login(other, people.root);
  await awake(other);
  await expect(other.locator("html")).toHaveAttribute("lang", "zh-CN");
  await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");
  await english.close();
});

test("[P-29] the own password: rules beside the field, the old one is asked, other sessions end", async ({ own, browser }) => {
  const context = await newContext(browser, own.gantry.url);
  const other = await context.newPage();
  await login(other, people.root);
  const page = own.page;
  const fresh = "Another-horse-88";
  await page.goto("/profile/password");
  const submit = async (current: string, password: string, repeated: string) => {
    await page.locator("input[name=current]").fill(current);
    await page.locator("input[name=password]").fill(password);
    await page.locator("input[name=repeated]").fill(repeated);
    await page.locator("form[action='/profile/password'] button[type=submit]").click();
  };
  await submit("Not-the-password-1", fresh, fresh);
  await expect(page.locator("#current-error")).toBeVisible();
  await submit(people.root.password, "root-password", "root-password");
  await expect(page.locator("#password-error")).toBeVisible();
  await submit(people.root.password, fresh, `${fresh}!`);
  await expect(page.locator("#repeated-error")).toBeVisible();
  await submit(people.root.password, fresh, fresh);
  await expect(page).toHaveURL(/\/profile\?done=password/);
  await other.goto("/clusters");
  await expect(other).toHaveURL(/\/login/);
  await login(other, { name: people.root.name, password: fresh });
  await context.close();
});
