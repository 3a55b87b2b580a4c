// Starts what is measured: a cluster that is filled by kwok, and the server.
import { spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export function needed(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: start the measurement with "cargo xtask bench"`);
  }
  return value;
}

export const say = (text) => console.error(`  ${text}`);
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A cluster with this many pods; it ends with this process. Answers its kubeconfig and how to stop it. */
export async function startLoad(pods) {
  const name = `bench-${process.pid}`;
  const keeper = spawn(needed("GANTRY_CLUSTER_BIN"), ["keep", name, "--load", `--pods=${pods}`, "--until-eof"], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  keeper.stderr.on("data", (chunk) => (said += chunk));
  const kubeconfig = await new Promise((resolve, reject) => {
    createInterface({ input: keeper.stdout }).on("line", (line) => {
      said += `${line}\n`;
      const ready = /^ready: (.+)$/.exec(line);
      if (ready) {
        resolve(ready[1]);
      }
    });
    keeper.once("exit", () => reject(new Error(`the cluster did not start:\n${said}`)));
  });
  const stop = async () => {
    const ended = new Promise((resolve) => keeper.once("exit", resolve));
    keeper.stdin.end();
    await ended;
  };
  return { kubeconfig, stop };
}

/** The server under test with a data directory of its own. */
export class Gantry {
  static async start() {
    const gantry = new Gantry();
    gantry.directory = mkdtempSync(join(tmpdir(), "gantry-bench-"));
    const log = createWriteStream(join(gantry.directory, "gantry.log"));
    const child = spawn(needed("GANTRY_BIN"), ["serve"], {
      cwd: gantry.directory,
      env: {
        PATH: process.env.PATH,
        HOME: gantry.directory,
        GANTRY_SERVER__LISTEN: "127.0.0.1:0",
        GANTRY_SERVER__DATA_DIR: join(gantry.directory, "data"),
        GANTRY_CLUSTERS__DISCOVER_KUBECONFIG: "false",
        GANTRY_LOG__LEVEL: "warn",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    gantry.child = child;
    child.stderr.pipe(log);
    const begin = Date.now();
    await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        gantry.url ??= /^address\s+(\S+)$/.exec(line)?.[1];
        gantry.link ??= /^set-up link\s+(\S+)$/.exec(line)?.[1];
        if (gantry.url && gantry.link) {
          resolve();
        }
      });
      child.once("exit", () => reject(new Error(`the server ended, see ${gantry.directory}/gantry.log`)));
    });
    while (!(await fetch(`${gantry.url}/readyz`).catch(() => undefined))?.ok) {
      await pause(20);
    }
    gantry.startedIn = Date.now() - begin;
    return gantry;
  }

  /** Resident memory in KiB. */
  resident() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"))[1]);
  }

  /** Resident memory when it has been still for a while. */
  async settled() {
    let last = this.resident();
    for (let still = 0, rounds = 0; still < 5 && rounds < 60; rounds += 1) {
      await pause(500);
      const now = this.resident();
      still = Math.abs(now - last) < 512 ? still + 1 : 0;
      last = now;
    }
    return last;
  }

  /** Makes the main account; keeps its session. */
  async setUp() {
    const password = "Measured-horse-77";
    const answer = await this.post("/setup", new URLSearchParams({ token: new URL(this.link).searchParams.get("token"), name: "root", password, repeated: password, language: "en" }));
    this.cookie = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
    if (answer.status !== 303 || !this.cookie) {
      throw new Error(`the set-up answered ${answer.status}`);
    }
  }

  post(path, body, headers = {}) {
    return fetch(`${this.url}${path}`, { method: "POST", body, redirect: "manual", headers: { origin: this.url, ...(this.cookie ? { cookie: this.cookie } : {}), ...headers } });
  }

  async call(path, value) {
    const answer = await this.post(path, JSON.stringify(value), { "content-type": "application/json" });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${path} answered ${answer.status}: ${text}`);
    }
    return JSON.parse(text);
  }

  /** Imports the first context of a kubeconfig; answers the cluster's id. */
  async importCluster(text, name) {
    const target = { form: "cluster-import" };
    const { data } = await this.call("/api/form/refresh", { target, data: { source: "kubeconfig", kubeconfig: text, name: "", clusters: [] } });
    Object.assign(data.clusters[0], { chosen: true, name });
    const applied = await this.call("/api/form/apply", { target, object: null, draft: { form: { data } }, reviewed: true });
    const id = /cls-[a-z0-9]{8}/.exec(applied.done?.outcome?.next ?? "")?.[0];
    if (!id) {
      throw new Error(`the import answered ${JSON.stringify(applied)}`);
    }
    return id;
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}
