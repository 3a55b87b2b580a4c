import { createHash } from "node:crypto";

import type { Page } from "@playwright/test";

import { environment } from "../../support/environment";
import { expect, newContext, test } from "../../support/fixtures";
import { Gantry } from "../../support/gantry";
import { create, deployment, image, kubectl, pod, waitRollout, waitRunning } from "../../support/kubectl";
import { createAccount, Dialog, firstLogin, importCluster, menu, open, paste, setUp, signOut } from "../../support/pages";
import { people } from "../../support/world";

const screen = (page: Page) => page.locator(".xterm-rows");
const connected = (page: Page) => expect(page.locator(".g-term__head [role=status] [data-s=ok]")).toBeVisible({ timeout: 20_000 });

async function terminal(page: Page, address: string): Promise<void> {
  await open(page, address);
  await connected(page);
  await expect(screen(page)).toContainText(/[#$]/);
}

async function run(page: Page, command: string): Promise<void> {
  await page.keyboard.type(command);
  await page.keyboard.press("Enter");
}

test("[W-106, P-126, P-127, P-128] from the Pod's row into a shell: bash where there is one, TERM set, in a window of its own", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create(deployment({ name: "shell", namespace, image: image.bash }));
  await waitRollout("shell", namespace);
  await open(page, `${at("deployments.apps", namespace, "shell")}?tab=pods`);
  const [window] = await Promise.all([page.context().waitForEvent("page"), page.locator("tr[data-key]").getByLabel("Remote login").click()]);
  await expect(window).toHaveURL(/~terminal/);
  await connected(window);
  await expect(screen(window)).toContainText(/[#$]/);
  await run(window, "echo hi-$((20+3)) $BASH_VERSION | cut -c1-8; echo term=$TERM");
  await expect(screen(window)).toContainText("hi-23 5.");
  await expect(screen(window)).toContainText(/term=xterm/);
});

test("[P-126, P-127] sh where there is no bash, and the chosen container of several", async ({ as, at, namespace }) => {
  const page = await as("en");
  const object = pod({ name: "two", namespace });
  object["spec"].containers.push({ name: "other", image: image.busybox, command: ["sleep", "1000000"], env: [{ name: "WHO", value: "the-other-one" }] });
  await create(object);
  await waitRunning("two", namespace);
  await terminal(page, at("pods", namespace, "two", "~terminal"));
  await run(page, "echo sh-$((1+1)); echo who=$WHO.");
  await expect(screen(page)).toContainText("sh-2");
  await expect(screen(page)).toContainText("who=.");
  await page.locator(".g-term__head select").selectOption("other");
  await connected(page);
  await page.locator(".xterm-helper-textarea").focus();
  await run(page, "echo who=$WHO.");
  await expect(screen(page)).toContainText("who=the-other-one.");
});

test("[P-127] no shell in the image: said within seconds, a command of one's own still runs", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create(pod({ name: "bare", namespace, image: image.noShell, command: ["/init"] }));
  await waitRunning("bare", namespace);
  await open(page, at("pods", namespace, "bare", "~terminal"));
  const over = page.locator(".g-term__over");
  await expect(over.locator("input")).toBeVisible({ timeout: 10_000 });
  await over.locator("input").fill("/init");
  await over.locator("button[type=submit]").click();
  await expect(screen(page)).toContainText("ready", { timeout: 15_000 });
});

test("[P-129, P-128] the window's size reaches the container, before and after a resize; full-screen programs run", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create(pod({ name: "size", namespace }));
  await waitRunning("size", namespace);
  await terminal(page, at("pods", namespace, "size", "~terminal"));
  await run(page, "echo size=$(stty size)=");
  await expect(screen(page)).toContainText(/size=\d+ \d+=/);
  const first = /size=(\d+) (\d+)=/.exec(await screen(page).innerText())!;
  await page.setViewportSize({ width: 900, height: 500 });
  let round = 0;
  await expect
    .poll(async () => {
      // Each answer has its own name: the one before may still stand on the screen, or half of it.
      round += 1;
      await run(page, `clear; echo round-${round}=$(stty size)=`);
      const answer = new RegExp(`round-${round}=(\\d+) (\\d+)=`);
      await expect(screen(page)).toContainText(answer);
      const now = answer.exec((await screen(page).textContent()) ?? "");
      return Number(now?.[1]) < Number(first[1]) && Number(now?.[2]) < Number(first[2]);
    })
    .toBe(true);
  await run(page, "top");
  await expect(screen(page)).toContainText("PID");
  await page.keyboard.press("Control+c");
  await run(page, "clear; vi /tmp/x");
  await expect(screen(page)).toContainText("~");
  await page.keyboard.type("iwritten by vi");
  await page.keyboard.press("Escape");
  await run(page, ":wq");
  await run(page, "clear; cat /tmp/x");
  await expect(screen(page)).toContainText("written by vi");
});

test("[P-139] 100 kB pasted at once arrive whole; fast output and cut UTF-8 stay intact; binary output kills nothing", async ({ as, at, namespace }) => {
  test.setTimeout(120_000);
  const page = await as("en");
  await create(pod({ name: "bytes", namespace }));
  await waitRunning("bytes", namespace);
  await terminal(page, at("pods", namespace, "bytes", "~terminal"));
  const text = Array.from({ length: 1_100 }, (_, n) => `${String(n).padStart(5, "0")} 容器 ünïcode ${"x".repeat(60)} ${n * 7919}`).join("\n") + "\n";
  expect(Buffer.byteLength(text)).toBeGreaterThan(100_000);
  await run(page, "stty -echo; cat > /tmp/pasted; stty echo; echo done-$((40+2))");
  await paste(page.locator(".xterm-helper-textarea"), text);
  await page.keyboard.press("Control+d");
  await expect(screen(page)).toContainText("done-42", { timeout: 60_000 });
  const sum = (await kubectl(["exec", "bytes", "-n", namespace, "--", "md5sum", "/tmp/pasted"])).split(" ")[0];
  expect(sum).toBe(createHash("md5").update(text).digest("hex"));

  await run(page, "clear; cat /tmp/pasted /tmp/pasted /tmp/pasted; echo all-$((50+5))");
  await expect(screen(page)).toContainText("all-55", { timeout: 60_000 });
  await expect(screen(page)).toContainText("01099 容器 ünïcode");
  expect(await screen(page).innerText()).not.toContain("\uFFFD");

  await run(page, "clear; head -c 3000 /bin/busybox; printf '\\033c'; echo alive-$((60+6))");
  await expect(screen(page)).toContainText("alive-66", { timeout: 20_000 });
  await connected(page);
});

test("[P-132] the session ends with a reason: the shell's own end, the Pod's end, and one can connect again", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create(pod({ name: "ends", namespace }));
  await waitRunning("ends", namespace);
  await terminal(page, at("pods", namespace, "ends", "~terminal"));
  await run(page, "exit 7");
  const over = page.locator(".g-term__over[role=alertdialog]");
  await expect(over).toContainText("7");
  await over.locator("button").click();
  await connected(page);
  await kubectl(["delete", "pod", "ends", "-n", namespace, "--wait=false"]);
  await expect(over).toBeVisible({ timeout: 20_000 });
  await expect(over.locator(".g-dialog__b")).toHaveText(/\S{3}/);
});

test("[P-139] a flood of output comes whole and in order, and Ctrl-C stops one that has no end", async ({ as, at, namespace }) => {
  test.setTimeout(120_000);
  const page = await as("en");
  await create(pod({ name: "flood", namespace }));
  await waitRunning("flood", namespace);
  await terminal(page, at("pods", namespace, "flood", "~terminal"));
  await run(page, "clear; yes abcdefghijklmnopqrstuvwxyz | head -n 300000; seq 1 12; echo all-$((50+5))");
  await expect(screen(page)).toContainText("all-55", { timeout: 60_000 });
  await expect(screen(page)).toContainText("123456789101112");
  await run(page, "clear; yes");
  await expect(screen(page)).toContainText("yyyyyyyy");
  await page.keyboard.press("Control+c");
  await run(page, "clear; echo stopped-$((70+7))");
  await expect(screen(page)).toContainText("stopped-77", { timeout: 15_000 });
});

test("[P-126] two windows on one container are two shells", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create(pod({ name: "pair", namespace }));
  await waitRunning("pair", namespace);
  const other = await page.context().newPage();
  await terminal(page, at("pods", namespace, "pair", "~terminal"));
  await terminal(other, at("pods", namespace, "pair", "~terminal"));
  await page.locator(".xterm-helper-textarea").focus();
  await run(page, "WHO=first; exec 3>/tmp/x");
  await other.locator(".xterm-helper-textarea").focus();
  await run(other, "echo who=$WHO.; exit 5");
  await expect(screen(other)).toContainText("who=.");
  await expect(other.locator(".g-term__over")).toContainText("5");
  await page.locator(".xterm-helper-textarea").focus();
  await run(page, "echo who=$WHO.");
  await expect(screen(page)).toContainText("who=first.");
});

test("[P-131, P-132] nobody types: the session ends with the reason, output alone does not keep it open", async ({ browser, namespace }) => {
  test.setTimeout(120_000);
  const gantry = await Gantry.start({ GANTRY_TERMINAL__IDLE: "6s" });
  const context = await newContext(browser, gantry.url);
  try {
    const page = await context.newPage();
    await setUp(page, gantry.setUpLink, people.root, "en");
    const cluster = await importCluster(page, environment.kubeconfig, "idle");
    await create(pod({ name: "idle", namespace }));
    await waitRunning("idle", namespace);
    await terminal(page, `/clusters/${cluster}/pods/${namespace}/idle/~terminal`);
    const begin = Date.now();
    // Typing goes on for longer than the limit.
    for (let n = 1; n <= 4; n += 1) {
      await run(page, `sleep 2; echo round-$((${n}*100))`);
      await expect(screen(page)).toContainText(`round-${n * 100}`);
    }
    expect(Date.now() - begin).toBeGreaterThan(6_500);
    await connected(page);
    await run(page, "while true; do date; sleep 1; done");
    const over = page.locator(".g-term__over[role=alertdialog]");
    await expect(over).toContainText("Nothing was typed for 6s", { timeout: 15_000 });
    const left = async () => (await kubectl(["exec", "idle", "-n", namespace, "--", "ps"])).split("\n").filter((line) => /\bsh$/.test(line)).length;
    await expect.poll(left, { timeout: 15_000 }).toBe(0);
    await over.locator("button").click();
    await connected(page);
  } finally {
    await context.close();
    await gantry.remove();
  }
});

test("[P-138, P-29] signing out and a right taken away end a terminal within seconds, even while its program does not read", async ({ own, browser, namespace }) => {
  test.setTimeout(120_000);
  const { page, gantry } = own;
  const cluster = await importCluster(page, environment.kubeconfig, "closing");
  await create(pod({ name: "deaf", namespace }));
  await waitRunning("deaf", namespace);
  const who = { name: "bob", password: "Battery-staple-9" };
  await createAccount(page, { name: who.name, password: "First-password-1" }, "full");
  const context = await newContext(browser, gantry.url);
  const theirs = await context.newPage();
  await firstLogin(theirs, who, "First-password-1");
  const deaf = async (window: Page) => {
    await terminal(window, `/clusters/${cluster}/pods/${namespace}/deaf/~terminal`);
    await run(window, "stty raw -echo; echo no-more-$((1+1)); sleep 100000");
    await expect(screen(window)).toContainText("no-more-2");
    await paste(window.locator(".xterm-helper-textarea"), "x".repeat(3_000_000));
  };
  const over = (window: Page) => window.locator(".g-term__over[role=alertdialog] .g-dialog__b");

  await deaf(theirs);
  await open(page, "/access/accounts");
  await (await menu(page.locator("tr[data-key]", { hasText: who.name }))).getByRole("menuitem", { name: /role/i }).click();
  const dialog = await new Dialog(page).shown();
  await dialog.field("role").locator("input[value=read_only]").check();
  await dialog.submit();
  await expect(over(theirs)).toContainText(/right/i, { timeout: 15_000 });

  const mine = await own.context.newPage();
  await deaf(mine);
  const list = await own.context.newPage();
  await open(list, `/clusters/${cluster}/pods`);
  const log = await own.context.newPage();
  await open(log, `/clusters/${cluster}/pods/${namespace}/deaf?tab=logs`);
  await open(page, "/clusters");
  await signOut(page);
  await expect(over(mine)).toContainText("signed out", { timeout: 15_000 });
  await expect(list.locator("dialog[open]")).toContainText("Sign in again", { timeout: 15_000 });
  await expect(log.locator("#log-lines")).toContainText("signed out", { timeout: 15_000 });
  await context.close();
});
