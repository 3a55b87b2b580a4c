import { defineConfig } from "@playwright/test";

import { browser } from "./support/browser";

/** The tests of the whole product: the finished binary, a real browser and a real cluster. Started by `cargo xtask test e2e`. */
export default defineConfig({
  testDir: "tests",
  globalSetup: "./support/world.ts",
  fullyParallel: false,
  forbidOnly: Boolean(process.env["CI"]),
  // A test that passes only at the second try is named as flaky by the report.
  retries: process.env["CI"] ? 1 : 0,
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [["line"], ["json", { outputFile: "test-results/report.json" }]],
  outputDir: "test-results/artifacts",
  use: {
    ...browser,
    viewport: { width: 1440, height: 900 },
    trace: "on-first-retry",
    screenshot: "only-on-failure",
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
  },
});
