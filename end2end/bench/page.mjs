// What a browser sees.
import { request as httpRequest, Agent } from "node:http";
import { brotliCompressSync } from "node:zlib";

import { chromium } from "@playwright/test";

import { ask } from "./cluster.mjs";
import { pause } from "./process.mjs";
import { median } from "./statistics.mjs";

export function launch() {
  return chromium.launch({
    executablePath: process.env.GANTRY_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export async function context(browser, gantry) {
  const made = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: gantry.url });
  const [name, value] = gantry.cookie.split("; ")[0].split("=");
  await made.addCookies([{ name, value, url: gantry.url }]);
  // When the first row can be seen: the first frame that has one.
  await made.addInitScript(() => {
    const look = () => {
      if (document.querySelector("tr[data-key]")) {
        requestAnimationFrame(() => (window.firstRow = performance.now()));
      } else {
        requestAnimationFrame(look);
      }
    };
    requestAnimationFrame(look);
  });
  return made;
}

const agent = new Agent({ keepAlive: true });

/** A page by HTTP, without a browser: milliseconds to the first byte and to the last, and the HTML. */
export function fetchPage(gantry, path, headers = {}) {
  const url = new URL(path, gantry.url);
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const call = httpRequest({ agent, host: url.hostname, port: url.port, path: url.pathname + url.search, headers: { cookie: gantry.cookie, ...headers } }, (answer) => {
      const first = performance.now() - begin;
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks), first, whole: performance.now() - begin }));
    });
    call.on("error", reject);
    call.end();
  });
}

/** Waits until the list knows all its rows. */
export async function warm(gantry, path, pods) {
  const begin = performance.now();
  for (;;) {
    const { status, body } = await fetchPage(gantry, path);
    if (status === 200 && new RegExp(`"matching":${pods}\\b|&quot;matching&quot;:${pods}\\b`).test(body.toString())) {
      return performance.now() - begin;
    }
    if (performance.now() - begin > 120_000) {
      throw new Error(`${path} did not show ${pods} rows (status ${status})`);
    }
    await pause(200);
  }
}

/** Time to first byte of the page and of the raw call, in turns, so that both meet the same machine. */
export async function firstBytes(gantry, path, way, raw, rounds) {
  const page = [];
  const direct = [];
  for (let n = 0; n < rounds; n += 1) {
    page.push((await fetchPage(gantry, path)).first);
    direct.push((await ask(way, raw)).first);
  }
  return { page, direct };
}

/** Time to the first visible row in the browser. */
export async function firstRows(browser, gantry, path, rounds) {
  const made = await context(browser, gantry);
  const page = await made.newPage();
  const rows = [];
  const bytes = [];
  for (let n = 0; n < rounds; n += 1) {
    await page.goto(path, { waitUntil: "load" });
    await page.waitForFunction(() => window.firstRow > 0);
    const seen = await page.evaluate(() => {
      const [entry] = performance.getEntriesByType("navigation");
      return { row: window.firstRow, byte: entry.responseStart - entry.requestStart };
    });
    rows.push(seen.row);
    bytes.push(seen.byte);
  }
  await made.close();
  return { rows, bytes };
}

/** Everything that the first visit of a page loads, in bytes on the wire, by kind. */
export async function firstLoad(browser, gantry, path) {
  const made = await context(browser, gantry);
  const page = await made.newPage();
  const session = await made.newCDPSession(page);
  await session.send("Network.enable");
  const kinds = new Map();
  const sums = {};
  session.on("Network.responseReceived", ({ requestId, response, type }) => kinds.set(requestId, response.url.endsWith(".wasm") ? "wasm" : type));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? "other";
    sums[kind] = (sums[kind] ?? 0) + encodedDataLength;
  });
  await page.goto(path);
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === "true");
  await pause(1_000);
  await made.close();
  return { sums, total: Object.values(sums).reduce((sum, bytes) => sum + bytes, 0) };
}

export const brotli = (bytes) => brotliCompressSync(bytes).length;

/** Milliseconds from the moment a change is sent to the cluster until the cell shows it. */
export async function changes(browser, gantry, path, patch, rounds) {
  const made = await context(browser, gantry);
  const page = await made.newPage();
  await page.goto(path);
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === "true" && document.querySelector(".g-live[data-live=on]"));
  const took = [];
  for (let n = 0; n < rounds; n += 1) {
    const word = `r${Date.now().toString(36)}x${n}`;
    const seen = page.evaluate(
      (word) =>
        new Promise((resolve, reject) => {
          const look = () => {
            if (document.querySelector("tbody").innerHTML.includes(word)) {
              observer.disconnect();
              resolve(performance.timeOrigin + performance.now());
            }
          };
          const observer = new MutationObserver(look);
          observer.observe(document.querySelector("tbody"), { subtree: true, childList: true, characterData: true, attributes: true });
          setTimeout(() => reject(new Error("the change was not seen within 10 s")), 10_000);
          look();
        }),
      word,
    );
    const sent = performance.timeOrigin + performance.now();
    await patch(word);
    took.push((await seen) - sent);
    // The moments of change are spread over the server's rounds.
    await pause(150 + ((n * 137) % 500));
  }
  await made.close();
  return took;
}

export { median };
