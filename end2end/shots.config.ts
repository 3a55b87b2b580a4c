import { defineConfig } from "@playwright/test";

import { browser } from "./support/browser";

/** Pictures of every page of the live product, into `shots/` (ignored by git). Started by `cargo xtask shots`. */
export default defineConfig({
  testDir: "pictures",
  testMatch: "*.shots.ts",
  workers: 1,
  retries: 0,
  timeout: 600_000,
  reporter: [["line"]],
  outputDir: "test-results/shots",
  use: { ...browser, actionTimeout: 15_000, navigationTimeout: 20_000 },
});
