import { fileURLToPath } from "node:url";

import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // Each test has its own server and browsers, so tests can run in parallel.
  fullyParallel: true,
  workers: 2,
  // A test that passes only on the second attempt has failed.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  // Generous: the machine may be compiling at the same time.
  timeout: 90_000,
  expect: { timeout: 15_000, toHaveScreenshot: { maxDiffPixels: 50 } },
  snapshotPathTemplate: "pictures/{arg}{ext}",
  use: {
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    screenshot: "only-on-failure",
    trace: "off",
    video: "off",
    actionTimeout: 15_000,
    launchOptions: {
      // Playwright's own download of a browser is never used.
      executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
      // The same fonts for the pictures, wherever they are taken: those that npm brought.
      env: { ...process.env, FONTCONFIG_FILE: fileURLToPath(new URL("fonts.conf", import.meta.url)) },
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
