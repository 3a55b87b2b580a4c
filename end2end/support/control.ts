import { spawn, type ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

import { expect } from "@playwright/test";

import { environment } from "./environment";
import { kubectl } from "./kubectl";

/** A cluster of control plane only, for tests that break it. It ends with this process, whatever happens. */
export class Plane {
  private constructor(
    readonly name: string,
    readonly kubeconfig: string,
    private readonly keeper: ChildProcess,
  ) {}

  static async start(prefix: string): Promise<Plane> {
    const name = `${prefix}-${process.pid}`;
    const keeper = spawn(environment.clusterProgram, ["keep", name, "--plane", "--until-eof"], { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    keeper.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const kubeconfig = await new Promise<string>((resolve, reject) => {
      createInterface({ input: keeper.stdout }).on("line", (line) => {
        said += `${line}\n`;
        const ready = /^ready: (.+)$/.exec(line);
        if (ready?.[1]) {
          resolve(ready[1]);
        }
      });
      keeper.once("exit", () => reject(new Error(`the cluster ${name} did not start:\n${said}`)));
    });
    keeper.stderr.resume();
    return new Plane(name, kubeconfig, keeper);
  }

  /** Gives an order to the cluster's keeper: `kill`, `restart`, `freeze` or `thaw` a program of it. */
  order(word: "kill" | "restart" | "freeze" | "thaw", program = "kube-apiserver"): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(join(dirname(this.kubeconfig), "control.sock"));
      let answer = "";
      socket.on("data", (chunk) => (answer += chunk.toString()));
      socket.on("error", reject);
      socket.on("end", () => (answer.trim() === "ok" ? resolve() : reject(new Error(`${word} ${program}: ${answer}`))));
      socket.write(`${word} ${program}\n`);
    });
  }

  /** Starts the killed apiserver again and waits until it answers. */
  async restart(): Promise<void> {
    await this.order("restart");
    const ready = () => kubectl(["get", "--raw", "/readyz"], { kubeconfig: this.kubeconfig }).catch(() => "");
    await expect.poll(ready, { timeout: 60_000 }).toBe("ok");
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.keeper.once("exit", resolve));
    this.keeper.stdin?.end();
    await ended;
  }
}
