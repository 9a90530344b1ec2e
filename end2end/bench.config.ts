// Measures instead of testing: `npx playwright test --config bench.config.ts`.

import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.ts";

export default defineConfig(tests, {
  testDir: "bench",
  testMatch: "*.bench.ts",
  // Each benchmark has the machine to itself.
  fullyParallel: false,
  workers: 1,
  reporter: "./bench/reporter.ts",
  timeout: 600_000,
});
