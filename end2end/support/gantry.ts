import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync, type WriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { environment } from "./environment";

/** A server of its own: own data directory, own port. */
export class Gantry {
  /** `http://127.0.0.1:<port>`; the port stays the same over restarts. */
  url = "";
  /** The one-time link; empty when the console is set up already. */
  setUpLink = "";
  readonly directory = mkdtempSync(join(tmpdir(), "gantry-e2e-"));
  readonly data = join(this.directory, "data");
  readonly log = join(this.directory, "gantry.log");
  #process: ChildProcess | undefined;
  #output: WriteStream | undefined;

  constructor(readonly settings: Record<string, string> = {}) {}

  /** Starts the server and waits until it answers. */
  static async start(settings: Record<string, string> = {}): Promise<Gantry> {
    const gantry = new Gantry(settings);
    await gantry.start();
    return gantry;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async start(): Promise<void> {
    const listen = this.url ? this.url.replace("http://", "") : "127.0.0.1:0";
    const child = spawn(environment.gantry, ["serve"], {
      cwd: this.directory,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: this.directory,
        GANTRY_SERVER__LISTEN: listen,
        GANTRY_SERVER__DATA_DIR: this.data,
        GANTRY_CLUSTERS__DISCOVER_KUBECONFIG: "false",
        ...this.settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    process.once("exit", () => child.kill("SIGKILL"));
    const output = createWriteStream(this.log, { flags: "a" });
    this.#output = output;
    child.stderr.on("data", (chunk: Buffer) => output.write(chunk));
    let said = "";
    this.setUpLink = "";
    await new Promise<void>((resolve, reject) => {
      const lines = createInterface({ input: child.stdout });
      lines.on("line", (line) => {
        output.write(`${line}\n`);
        said += `${line}\n`;
        this.url = /^address\s+(\S+)$/.exec(line)?.[1] ?? this.url;
        this.setUpLink = /^set-up link\s+(\S+)$/.exec(line)?.[1] ?? this.setUpLink;
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`the server ended (${code ?? signal}), see ${this.log}\n${said}`)));
      void this.#answers(child).then(resolve, reject);
    });
    child.removeAllListeners("exit");
  }

  /** Resolves when `/readyz` says yes and everything that the start prints was printed. */
  async #answers(child: ChildProcess): Promise<void> {
    const limit = Date.now() + 60_000;
    while (Date.now() < limit && child.exitCode === null) {
      if (this.url) {
        const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
        if (answer?.ok) {
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the server did not become ready, see ${this.log}`);
  }

  /** Ends the server as a crash would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks the server to stop; answers how long that took, in milliseconds, and its exit code. */
  async stop(): Promise<{ took: number; code: number | null }> {
    const begin = Date.now();
    const code = await this.#end("SIGTERM");
    return { took: Date.now() - begin, code };
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) {
      return child?.exitCode ?? null;
    }
    const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    child.kill(signal);
    const code = await ended;
    this.#process = undefined;
    this.#output?.end();
    return code;
  }

  /** Stops the server and removes what it wrote. */
  async remove(): Promise<void> {
    await this.stop();
    if (!process.env["GANTRY_E2E_KEEP"]) {
      rmSync(this.directory, { recursive: true, force: true });
    }
  }
}
