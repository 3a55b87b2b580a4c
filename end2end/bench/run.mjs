// Measures the product against clusters of 100, 1,000 and 10,000 pods. Started by `cargo xtask bench`; prints the tables and
// writes RESULTS.md. `node bench/run.mjs --sizes 100,1000` measures fewer.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { ask, connection, countingProxy, kubectl, metric, text } from "./cluster.mjs";
import { brotli, changes, context, fetchPage, firstBytes, firstLoad, firstRows, launch, warm } from "./page.mjs";
import { Gantry, needed, pause, say, startLoad } from "./process.mjs";
import { kb, kib, median, mib, ms, p95, table } from "./statistics.mjs";

const argument = process.argv.indexOf("--sizes");
const sizes = argument > 0 ? process.argv[argument + 1].split(",").map(Number) : [100, 1_000, 10_000];
const BROWSERS = 50;
const LIST = (id) => `/clusters/${id}/pods?per=50`;

/** Everything at one size. */
async function measure(browser, pods) {
  say(`a cluster with ${pods} pods`);
  const cluster = await startLoad(pods);
  const gantry = await Gantry.start();
  try {
    const way = await connection(cluster.kubeconfig);
    await gantry.setUp();
    const idle = await gantry.settled();
    const id = await gantry.importCluster(text(cluster.kubeconfig), `load-${pods}`);
    const list = LIST(id);
    say("the list for the first time");
    const cold = await warm(gantry, list, pods);
    const cached = await gantry.settled();

    say("time to first byte and first row");
    const { page, direct } = await firstBytes(gantry, list, way, "/api/v1/pods?limit=50", 40);
    const { rows, bytes } = await firstRows(browser, gantry, list, 10);
    const whole = [];
    for (let n = 0; n < 3; n += 1) {
      whole.push((await ask(way, "/api/v1/pods")).whole);
    }
    const command = [];
    for (let n = 0; n < 3; n += 1) {
      const begin = performance.now();
      await kubectl(cluster.kubeconfig, ["get", "pods", "-A"]);
      command.push(performance.now() - begin);
    }

    say("from a patch to the changed cell");
    const target = JSON.parse((await ask(way, "/api/v1/pods?limit=1")).body).items[0].metadata;
    const patch = async (word) => {
      const { status } = await ask(way, `/api/v1/namespaces/${target.namespace}/pods/${target.name}`, {
        method: "PATCH",
        headers: { "content-type": "application/json-patch+json" },
        body: JSON.stringify([{ op: "replace", path: "/spec/containers/0/image", value: `registry.test/app:${word}` }]),
      });
      if (status !== 200) {
        throw new Error(`the patch answered ${status}`);
      }
    };
    const one = `/clusters/${id}/pods?ns=${target.namespace}&q=${encodeURIComponent(`name~${target.name}`)}`;
    const narrow = await changes(browser, gantry, one, patch, 30);

    const html = (await fetchPage(gantry, list)).body;
    const load = pods === sizes.at(-1) ? await firstLoad(browser, gantry, list) : undefined;
    const many = pods === sizes.at(-1) ? await crowd(browser, way) : undefined;
    return { pods, idle, cached, cold, page, direct, rows, bytes, whole, command, narrow, html, load, many, startedIn: gantry.startedIn };
  } finally {
    await gantry.stop();
    await cluster.stop();
  }
}

/** Requests, watches and memory with one browser and with fifty. The console asks through a proxy that counts. */
async function crowd(browser, way) {
  say(`one browser, then ${BROWSERS}`);
  const proxy = await countingProxy(way);
  const gantry = await Gantry.start();
  try {
    await gantry.setUp();
    const id = await gantry.importCluster(proxy.kubeconfig, "counted");
    const path = LIST(id);
    const all = Number(JSON.parse((await ask(way, "/api/v1/pods?limit=1")).body).metadata.remainingItemCount ?? 0) + 1;
    const open = async () => {
      const made = await context(browser, gantry);
      const page = await made.newPage();
      await page.goto(path);
      await page.waitForFunction(() => document.documentElement.dataset.hydrated === "true" && document.querySelector(".g-live[data-live=on]"), undefined, { timeout: 60_000 });
      return made;
    };
    await warm(gantry, path, all);
    const contexts = [await open()];
    await pause(5_000);
    const watches = /^apiserver_longrunning_requests\{.*resource="pods".*verb="WATCH"/;
    // What time costs by itself: one browser that loads the page again and again asks anew whenever a kept answer is too old.
    const seconds = 60;
    const start = { ...proxy.counts };
    const again = await contexts[0].newPage();
    for (const end = Date.now() + seconds * 1_000; Date.now() < end; ) {
      await again.goto(path);
      await pause(500);
    }
    await again.close();
    const quiet = { requests: proxy.counts.requests - start.requests, open: proxy.counts.open, pods: await metric(way, watches) };
    const one = await gantry.settled();
    const before = { ...proxy.counts, paths: { ...proxy.counts.paths } };
    const begin = Date.now();
    for (let n = 1; n < BROWSERS; n += 1) {
      contexts.push(await open());
    }
    await pause(Math.max(0, seconds * 1_000 - (Date.now() - begin)));
    const loud = { requests: proxy.counts.requests - before.requests, open: proxy.counts.open, pods: await metric(way, watches), seconds: (Date.now() - begin) / 1_000 };
    const more = Object.entries(proxy.counts.paths).filter(([kind, n]) => n > (before.paths[kind] ?? 0)).map(([kind, n]) => `${kind} × ${n - (before.paths[kind] ?? 0)}`);
    const fifty = await gantry.settled();
    const total = { requests: proxy.counts.requests, watches: proxy.counts.watches };
    await Promise.all(contexts.map((made) => made.close()));
    return { quiet, loud, seconds, one, fifty, more, total };
  } finally {
    await gantry.stop();
    proxy.stop();
  }
}

function assets() {
  const { assets } = JSON.parse(readFileSync(join(needed("GANTRY_SITE"), "manifest.json"), "utf8"));
  return Object.entries(assets);
}

function report(results) {
  const [small, large] = [results[0], results.at(-1)];
  const out = [];
  const targets = [];
  const target = (what, wanted, got, reached) => targets.push([what, wanted, got, reached ? "reached" : "**missed**"]);

  out.push("## Pod list, all namespaces, 50 rows", "");
  out.push(
    table(
      ["pods", "first byte (p50)", "p95", "in the browser (p50)", "first visible row (p50)", "raw `limit=50` first byte (p50)", "raw list of all (p50)", "`kubectl get pods -A` (p50)", "first time after the import"],
      results.map((r) => [r.pods, ms(median(r.page)), ms(p95(r.page)), ms(median(r.bytes)), ms(median(r.rows)), ms(median(r.direct)), ms(median(r.whole)), ms(median(r.command)), ms(r.cold)]),
    ),
    "",
  );
  target("first byte flat: largest ÷ smallest cluster", "≤ 1.3", (median(large.page) / median(small.page)).toFixed(2), median(large.page) / median(small.page) <= 1.3);
  for (const r of results) {
    target(`first byte not above the raw \`limit=50\` call, ${r.pods} pods`, `≤ ${ms(median(r.direct))}`, ms(median(r.page)), median(r.page) <= median(r.direct));
  }

  out.push("## From the change to the cell", "");
  out.push(table(["pods", "p50", "p95", "slowest of 30"], results.map((r) => [r.pods, ms(median(r.narrow)), ms(p95(r.narrow)), ms(Math.max(...r.narrow))])), "");
  target("change visible (p95)", "≤ 700 ms", ms(Math.max(...results.map((r) => p95(r.narrow)))), results.every((r) => p95(r.narrow) <= 700));

  if (large.many) {
    const { quiet, loud, seconds, one, fifty, more, total } = large.many;
    out.push(`## What the apiserver sees, ${large.pods} pods`, "");
    out.push(
      table(
        ["open browsers", "requests of the console", "open watches of the console", "watches of pods in the apiserver's metrics (all clients)", "memory of the server"],
        [
          ["1, loading the page again and again", `${quiet.requests} in ${seconds} s`, quiet.open, quiet.pods, mib(one)],
          [BROWSERS, `${loud.requests} in ${Math.round(loud.seconds)} s`, loud.open, loud.pods, mib(fifty)],
        ],
      ),
      "",
    );
    out.push(`Requests while browsers 2 to ${BROWSERS} opened the page: ${more.join(", ") || "none"}. Since the import: ${total.requests} requests, ${total.watches} of them watches.`, "");
    const rate = quiet.requests / seconds;
    const additional = Math.max(0, loud.requests - rate * loud.seconds);
    target(`additional requests of browsers 2 to ${BROWSERS}`, "0", additional.toFixed(0), additional <= Math.max(2, 0.1 * rate * loud.seconds));
    target("additional watches of them", "0", String(loud.open - quiet.open), loud.open === quiet.open);
    out.push("## Memory of the server", "");
    const perPod = (large.cached - small.cached) / (large.pods - small.pods || 1);
    out.push(
      table(
        ["", "resident"],
        [
          ["idle, no cluster", mib(small.idle)],
          ...results.map((r) => [`${r.pods} pods cached`, mib(r.cached)]),
          ["per cached pod", `${perPod.toFixed(2)} KiB`],
          ["per open page", `${((fifty - one) / (BROWSERS - 1)).toFixed(0)} KiB`],
        ],
      ),
      "",
    );
    target("memory per cached pod", "≤ 5 KiB", `${perPod.toFixed(2)} KiB`, perPod <= 5);
  }

  const files = assets();
  const size = Object.fromEntries(files);
  out.push("## Bytes", "");
  out.push(
    table(
      ["file", "raw", "brotli"],
      [["HTML of the pod list", kb(large.html.length), kb(brotli(large.html))], ...files.map(([name, file]) => [name, kb(file.raw), file.br ? kb(file.br) : "–"])],
    ),
    "",
  );
  const wasm = size["gantry.wasm"]?.br ?? Number.NaN;
  target("wasm, brotli", "≤ 250 KB", kb(wasm), wasm <= 250_000);
  if (large.load) {
    const sums = Object.entries(large.load.sums).map(([kind, bytes]) => `${kind} ${kb(bytes)}`).join(", ");
    out.push(`First visit of the pod list with an empty cache, bytes on the wire: ${kb(large.load.total)} (${sums}).`, "");
    target("first load of the list page", "≤ 400 KB", kb(large.load.total), large.load.total <= 400_000);
  }
  return [`## Targets\n\n${table(["what", "target", "measured", ""], targets)}\n`, ...out].join("\n");
}

const browser = await launch();
browser.on("disconnected", () => say("the browser is gone"));
const results = [];
try {
  for (const pods of sizes) {
    results.push(await measure(browser, pods));
  }
} finally {
  await browser.close();
}
const machine = `${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}, ${browser.version ? `Chromium ${browser.version()}` : ""}`;
const body = report(results);
console.log(body);
writeFileSync(
  join(dirname(fileURLToPath(import.meta.url)), "RESULTS.md"),
  `# Measurements

Repeat with \`cargo xtask bench\`: it builds the binary (profile \`ci\`), starts clusters of ${sizes.map((n) => n.toLocaleString("en")).join(", ")} pods one after another (real etcd and kube-apiserver; kwok plays nodes and pods), imports each into a fresh console and measures with Chromium and with plain HTTP. Everything runs on one machine, so the browser, the console and the cluster share its processors.

Machine: ${machine}. ${new Date().toISOString().slice(0, 10)}.

How it is measured: *first byte* is the time of one HTTP request over an open connection until the answer's head, in turns with the raw call of the same run; *first visible row* is the first frame that holds a row, from the start of the navigation; *change* runs from the moment before the PATCH is sent until the DOM holds the new text; requests are counted by a proxy between the console and the apiserver; memory is the resident set from /proc after it stood still.

${body}`,
);
