import { readFileSync } from "node:fs";

import type { Page } from "@playwright/test";

import { expect, test } from "../../support/fixtures";
import { create, deployment, image, kubectl, pod, waitRollout, waitRunning } from "../../support/kubectl";
import { awake, open } from "../../support/pages";

const box = (page: Page) => page.locator("#log-lines");
const line = (page: Page, text: string | RegExp) => box(page).locator("[data-n]", { hasText: text });

test("[W-108] a log follows, stops at a scroll, and goes on at the button", async ({ as, at, namespace }) => {
  const page = await as("en");
  const command = ["sh", "-c", "i=0; while true; do i=$((i+1)); echo tick-$i-end; sleep 0.3; done"];
  await create(pod({ name: "ticks", namespace, command }));
  await waitRunning("ticks", namespace);
  await open(page, `${at("pods", namespace, "ticks")}?tab=logs`);
  await expect(line(page, "tick-1-end")).toBeVisible();
  const count = async () => Number(/tick-(\d+)-end\s*$/.exec((await box(page).innerText()).trim())?.[1] ?? 0);
  const before = await count();
  await expect.poll(count, { timeout: 10_000 }).toBeGreaterThan(before + 3);
  await page.getByRole("button", { name: "Follow" }).click();
  await expect(page.locator(".g-foot .btn-primary")).toBeVisible();
  await page.locator(".g-foot .btn-primary").click();
  await expect(page.locator(".g-foot .btn-primary")).toHaveCount(0);
});

test("[W-108] container, previous run, number of lines, timestamps, wrap", async ({ as, at, namespace }) => {
  test.setTimeout(120_000);
  const page = await as("en");
  const object = pod({ name: "two", namespace, command: ["sh", "-c", "echo from-main; sleep 1000000"] });
  object["spec"].containers.push({ name: "other", image: "tc.local/busybox:1.35", command: ["sh", "-c", "if [ -f /data/seen ]; then echo second-run; sleep 1000000; else touch /data/seen; echo first-run; exit 4; fi"], volumeMounts: [{ name: "data", mountPath: "/data" }] });
  object["spec"].volumes = [{ name: "data", emptyDir: {} }];
  await create(object);
  await create(pod({ name: "many", namespace, command: ["sh", "-c", "for i in $(seq 1 1500); do echo row-$i-end; done; sleep 1000000"] }));
  await waitRunning("two", namespace);
  await waitRunning("many", namespace);
  await open(page, `${at("pods", namespace, "two")}?tab=logs`);
  await expect(line(page, "from-main")).toBeVisible();
  await page.locator("main select").first().selectOption("other");
  await expect(line(page, "second-run")).toBeVisible({ timeout: 30_000 });
  await expect(line(page, "from-main")).toHaveCount(0);
  await page.locator("main .g-toolbar input[type=checkbox]").check();
  await expect(line(page, "first-run")).toBeVisible();
  await expect(line(page, "second-run")).toHaveCount(0);

  await test.step("timestamps are one switch, the line itself stays untouched", async () => {
    const stamp = line(page, "first-run").locator("span").first();
    await expect(stamp).toHaveText(/^\d\d:\d\d:\d\d/);
    await page.getByRole("button", { name: "Timestamps" }).or(page.locator(".g-seg--sm button").first()).first().click();
    await expect(box(page)).not.toHaveAttribute("data-times");
    await expect(stamp).toBeHidden();
  });

  await test.step("the first 500 lines of the end at once, more on demand", async () => {
    await open(page, `${at("pods", namespace, "many")}?tab=logs`);
    await expect(page.locator(".g-foot")).toContainText("500");
    await expect(line(page, "row-1500-end")).toBeVisible();
    await page.getByLabel(/How many|lines/i).first().selectOption("2000");
    await expect(page.locator(".g-foot")).toContainText("1,500");
  });
});

test("[W-108] search counts and walks, colours are drawn, markup in a line stays text, the download is raw", async ({ as, at, namespace }) => {
  const page = await as("en");
  const raw = String.raw`printf 'plain needle\n\033[31mred needle\033[0m\n<img src=x onerror=alert(1)>\nüñï 容器 needle\nprogress 1\rprogress 2\n'; sleep 1000000`;
  await create(pod({ name: "colours", namespace, command: ["sh", "-c", raw] }));
  await waitRunning("colours", namespace);
  await open(page, `${at("pods", namespace, "colours")}?tab=logs`);
  await expect(line(page, "容器")).toBeVisible();
  await expect(line(page, "<img src=x onerror=alert(1)>")).toBeVisible();
  await expect(box(page).locator("img")).toHaveCount(0);
  await expect(line(page, "red needle").locator("span[class*=g-fg]")).toHaveText("red needle");
  await page.locator("main [data-filter]").fill("needle");
  await expect(page.locator("main .g-filter [role=status]")).toContainText("3");
  await expect(box(page).locator("mark")).toHaveCount(3);
  await page.locator("main [data-filter]").press("Enter");
  await expect(box(page).locator("mark.now")).toHaveCount(1);
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("main .g-toolbar a[download]").click()]);
  expect(readFileSync(await download.path(), "utf8")).toBe(await kubectl(["logs", "colours", "-n", namespace]));
});

test("[W-108] the log ends with a reason when the Pod goes, and the log of a finished Job can be read", async ({ as, at, namespace }) => {
  test.setTimeout(120_000);
  const page = await as("en");
  await create(pod({ name: "short", namespace, command: ["sh", "-c", "echo here; sleep 1000000"] }));
  await waitRunning("short", namespace);
  await open(page, `${at("pods", namespace, "short")}?tab=logs`);
  await expect(line(page, "here")).toBeVisible();
  await kubectl(["delete", "pod", "short", "-n", namespace, "--wait=false"]);
  await expect(page.locator(".g-foot [role=status]")).toContainText(/ended|deleted/i, { timeout: 30_000 });
  await create({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "report", namespace },
    spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "tc.local/busybox:1.35", command: ["echo", "the-report"] }] } } },
  });
  await kubectl(["wait", "job/report", "-n", namespace, "--for=condition=complete", "--timeout=60s"]);
  const name = (await kubectl(["get", "pods", "-n", namespace, "-l", "job-name=report", "-o", "jsonpath={.items[0].metadata.name}"])).trim();
  await open(page, `${at("pods", namespace, name)}?tab=logs`);
  await expect(line(page, "the-report")).toBeVisible();
});

test("[W-108] a producer that is too fast does not drown the page, and the last line arrives", async ({ as, at, namespace }) => {
  test.setTimeout(120_000);
  const page = await as("en");
  // Below the size at which the kubelet begins a new file: it shows only the last one.
  await create(pod({ name: "fast", namespace, command: ["sh", "-c", "seq 1 100000; echo the-very-last; sleep 1000000"] }));
  await waitRunning("fast", namespace);
  await open(page, `${at("pods", namespace, "fast")}?tab=logs`);
  await expect(line(page, "the-very-last")).toBeVisible({ timeout: 60_000 });
  expect(await box(page).locator("[data-n]").count()).toBeLessThan(2_000);
});

test("[W-108] a workload's log: its Pods to choose from", async ({ as, at, namespace }) => {
  const page = await as("en");
  await create(deployment({ name: "app", namespace, command: ["sh", "-c", "echo of-the-app; sleep 1000000"] }));
  await waitRollout("app", namespace);
  await open(page, `${at("deployments.apps", namespace, "app")}?tab=logs`);
  await page.locator("tr[data-key]").getByLabel("Logs").click();
  await expect(page).toHaveURL(/\/pods\/.*tab=logs/);
  await awake(page);
  await expect(line(page, "of-the-app")).toBeVisible();
});

test("[W-108] a log opened too early waits for its container, and goes on with the next run", async ({ as, at, namespace }) => {
  const page = await as("en");
  const object = pod({ name: "late", namespace, command: ["sh", "-c", "echo x >> /data/runs; echo run-$(wc -l < /data/runs); sleep 2; [ $(wc -l < /data/runs) -lt 2 ] && exit 4; sleep 1000000"] });
  const mount = { volumeMounts: [{ name: "data", mountPath: "/data" }] };
  Object.assign(object["spec"].containers[0], mount);
  object["spec"].initContainers = [{ name: "first", image: image.busybox, command: ["sh", "-c", "until [ -e /data/go ]; do sleep 0.1; done"], ...mount }];
  object["spec"].volumes = [{ name: "data", emptyDir: {} }];
  await create(object);
  await kubectl(["wait", "pod/late", "-n", namespace, "--for=jsonpath={.status.initContainerStatuses[0].state.running}", "--timeout=60s"]);
  await open(page, `${at("pods", namespace, "late")}?tab=logs`);
  await page.locator("main select").first().selectOption("main");
  await expect(box(page)).toContainText("not started yet");
  await kubectl(["exec", "late", "-n", namespace, "-c", "first", "--", "touch", "/data/go"]);
  await expect(line(page, "run-1")).toBeVisible({ timeout: 30_000 });
  await expect(box(page)).toContainText("started again", { timeout: 30_000 });
  await expect(line(page, "run-2")).toBeVisible({ timeout: 30_000 });
});
