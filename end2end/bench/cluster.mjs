// The cluster asked without the console: raw calls, and a proxy that counts what the console asks.
import { execFile } from "node:child_process";
import { createServer, Agent as HttpAgent } from "node:http";
import { Agent, request } from "node:https";
import { readFileSync } from "node:fs";

import { needed } from "./process.mjs";

export function kubectl(kubeconfig, args) {
  return new Promise((resolve, reject) => {
    execFile(needed("GANTRY_KUBECTL"), ["--kubeconfig", kubeconfig, ...args], { maxBuffer: 256 << 20 }, (error, out) => (error ? reject(error) : resolve(out)));
  });
}

/** Server and credential of a kubeconfig. */
export async function connection(kubeconfig) {
  const config = JSON.parse(await kubectl(kubeconfig, ["config", "view", "--raw", "--flatten", "-o", "json"]));
  const decode = (text) => Buffer.from(text, "base64");
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const agent = new Agent({
    ca: decode(cluster["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
    keepAlive: true,
    // The address may be one that the certificate names only as "kubernetes".
    servername: "kubernetes",
  });
  return { server: new URL(cluster.server), agent };
}

/** One call; answers status, body, and the milliseconds until the first byte and until the last. */
export function ask({ server, agent }, path, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const call = request({ agent, host: server.hostname, port: server.port, path, method, headers }, (answer) => {
      const first = performance.now() - begin;
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks).toString(), first, whole: performance.now() - begin }));
    });
    call.on("error", reject);
    call.end(body);
  });
}

/** A way to the cluster that counts requests; watches are counted apart, and how many are open. */
export async function countingProxy({ server, agent }) {
  const counts = { requests: 0, watches: 0, open: 0, paths: {} };
  const proxy = createServer((incoming, outgoing) => {
    const watch = /[?&]watch=(true|1)/.test(incoming.url);
    counts.requests += 1;
    if (watch) {
      counts.watches += 1;
      counts.open += 1;
    }
    const kind = `${incoming.method} ${incoming.url.split("?")[0]}${watch ? " (watch)" : ""}`;
    counts.paths[kind] = (counts.paths[kind] ?? 0) + 1;
    // As they came: a header that stands twice (Impersonate-Group) must stay two.
    const headers = incoming.rawHeaders.map((text, at) => (at % 2 === 1 && /^host$/i.test(incoming.rawHeaders[at - 1]) ? server.host : text));
    const call = request({ agent, host: server.hostname, port: server.port, path: incoming.url, method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    call.on("error", () => outgoing.destroy());
    outgoing.on("close", () => {
      counts.open -= watch ? 1 : 0;
      call.destroy();
    });
    incoming.pipe(call);
  });
  proxy.keepAliveTimeout = 0;
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${proxy.address().port}`;
  const kubeconfig = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "counted", cluster: { server: url } }],
    users: [{ name: "counted", user: { token: "the-proxy-brings-its-own" } }],
    contexts: [{ name: "counted", context: { cluster: "counted", user: "counted" } }],
    "current-context": "counted",
  });
  return { counts, kubeconfig, stop: () => (proxy.closeAllConnections(), proxy.close()) };
}

/** A line of the apiserver's own metrics. */
export async function metric(way, pattern) {
  const { body } = await ask(way, "/metrics");
  return body.split("\n").filter((line) => pattern.test(line)).reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

export const text = (path) => readFileSync(path, "utf8");
export { HttpAgent };
