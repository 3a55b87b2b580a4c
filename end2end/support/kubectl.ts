import { execFile, spawn } from "node:child_process";

import { expect } from "@playwright/test";

import { environment } from "./environment";

/** The images that lie on the node: nothing is pulled. */
export const image = {
  busybox: "tc.local/busybox:1.35",
  bash: "tc.local/bash:5",
  /** One static program, no shell. */
  noShell: "tc.local/noshell:1",
};

/** Runs kubectl and answers its output. */
export function kubectl(args: string[], { input, kubeconfig }: { input?: string; kubeconfig?: string } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const all = ["--kubeconfig", kubeconfig ?? environment.kubeconfig, ...args];
    const child = execFile(environment.kubectl, all, { maxBuffer: 64 << 20, env: { HOME: "/nonexistent" } }, (error, out, err) => {
      if (error) {
        reject(new Error(`kubectl ${args.join(" ")}: ${err || error.message}`));
      } else {
        resolve(out);
      }
    });
    child.stdin?.end(input ?? "");
  });
}

/** An object as it is in the cluster now. */
export async function read<T = any>(kind: string, name: string, namespace?: string): Promise<T> {
  const where = namespace ? ["-n", namespace] : [];
  return JSON.parse(await kubectl(["get", kind, name, ...where, "-o", "json"])) as T;
}

export async function exists(kind: string, name: string, namespace: string): Promise<boolean> {
  return (await kubectl(["get", kind, name, "-n", namespace, "--ignore-not-found", "-o", "name"])).trim() !== "";
}

export async function create(object: object, kubeconfig?: string): Promise<void> {
  const options = kubeconfig ? { kubeconfig } : {};
  await kubectl(["create", "-f", "-"], { ...options, input: JSON.stringify(object) });
}

let counter = 0;

/** A name that no other test of this run has. */
export function unique(prefix: string): string {
  counter += 1;
  return `${prefix}-${process.pid.toString(36)}${Date.now().toString(36).slice(-5)}${counter}`;
}

export async function createNamespace(prefix: string): Promise<string> {
  const name = unique(prefix);
  await kubectl(["create", "namespace", name]);
  // The controllers make it a moment later; Pods are refused without it.
  await expect.poll(() => exists("serviceaccount", "default", name), { timeout: 30_000 }).toBe(true);
  return name;
}

/** Starts the removal and does not wait for its end. */
export function removeNamespace(name: string): void {
  const args = ["--kubeconfig", environment.kubeconfig, "delete", "namespace", name, "--wait=false", "--ignore-not-found"];
  spawn(environment.kubectl, args, { stdio: "ignore", detached: true }).unref();
}

export interface Workload {
  name: string;
  namespace: string;
  replicas?: number;
  labels?: Record<string, string>;
  image?: string;
  command?: string[];
  container?: string;
  /** More of the container. */
  more?: Record<string, unknown>;
}

/** A Deployment whose Pods end at once when they are deleted. */
export function deployment(workload: Workload): Record<string, any> {
  const labels = { app: workload.name, ...workload.labels };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: workload.name, namespace: workload.namespace, labels },
    spec: {
      replicas: workload.replicas ?? 1,
      selector: { matchLabels: { app: workload.name } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: workload.container ?? "main",
              image: workload.image ?? image.busybox,
              command: workload.command ?? ["sleep", "1000000"],
              ...workload.more,
            },
          ],
        },
      },
    },
  };
}

/** A Pod that ends at once when it is deleted. */
export function pod(workload: Workload): Record<string, any> {
  const { metadata, spec } = deployment(workload)["spec"].template;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, name: workload.name, namespace: workload.namespace },
    spec,
  };
}

export async function waitRunning(name: string, namespace: string): Promise<void> {
  await kubectl(["wait", `pod/${name}`, "-n", namespace, "--for=condition=Ready", "--timeout=60s"]);
}

export async function waitRollout(name: string, namespace: string): Promise<void> {
  await kubectl(["rollout", "status", `deployment/${name}`, "-n", namespace, "--timeout=60s"]);
}
