import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium, type Browser } from "@playwright/test";

import { browser as settings } from "./browser";
import { environment } from "./environment";
import { Gantry } from "./gantry";
import { createAccount, firstLogin, importCluster, open, prefer, setUp, type Credentials } from "./pages";

/** The accounts of the shared server. */
export const people = {
  root: { name: "root", password: "Correct-horse-7" },
  /** Full access, in Chinese and in English. */
  zh: { name: "zhang.wei", password: "Battery-staple-8" },
  en: { name: "alice", password: "Battery-staple-9" },
  viewer: { name: "viewer", password: "Only-looking-10" },
  /** No rights at all. */
  nobody: { name: "nobody", password: "Nothing-here-11" },
} satisfies Record<string, Credentials>;

export type Person = keyof typeof people;

const first = "First-password-1";
const roles = { zh: "full", en: "full", viewer: "read_only", nobody: "none" } as const;

/** What tests know about the shared server. */
export interface World {
  url: string;
  /** Of the test cluster. */
  cluster: string;
  clusterName: string;
  /** Folder of the browser states by person. */
  states: string;
  log: string;
  pid: number;
}

export const clusterName = "prod-a";

export function state(world: World, person: Person): string {
  return join(world.states, `${person}.json`);
}

/** Starts one server for all tests and sets it up through its pages, as a person would. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const gantry = await Gantry.start();
  const states = mkdtempSync(join(tmpdir(), "gantry-states-"));
  const browser = await chromium.launch(settings.launchOptions);
  try {
    const cluster = await build(browser, gantry, states);
    const world: World = { url: gantry.url, cluster, clusterName, states, log: gantry.log, pid: gantry.pid };
    process.env["GANTRY_E2E_WORLD"] = JSON.stringify(world);
  } catch (error) {
    await gantry.stop();
    console.error(`the server's log is ${gantry.log}`);
    throw error;
  } finally {
    await browser.close();
  }
  return async () => {
    await gantry.remove();
    rmSync(states, { recursive: true, force: true });
  };
}

async function build(browser: Browser, gantry: Gantry, states: string): Promise<string> {
  const options = { baseURL: gantry.url, locale: "en-US", viewport: { width: 1440, height: 900 } };
  const root = await browser.newContext(options);
  const page = await root.newPage();
  await setUp(page, gantry.setUpLink, people.root, "en");
  for (const [person, role] of Object.entries(roles)) {
    await createAccount(page, { name: people[person as keyof typeof roles].name, password: first }, role);
  }
  const cluster = await importCluster(page, environment.kubeconfig, clusterName);
  await root.storageState({ path: join(states, "root.json") });
  await root.close();
  for (const person of Object.keys(roles) as (keyof typeof roles)[]) {
    const context = await browser.newContext(options);
    const own = await context.newPage();
    await firstLogin(own, people[person], first);
    await open(own, "/");
    await prefer(own, { locale: person === "zh" ? "zh-CN" : "en" });
    await context.storageState({ path: join(states, `${person}.json`) });
    await context.close();
  }
  writeFileSync(join(states, "world.txt"), `${gantry.url}\n`);
  return cluster;
}
