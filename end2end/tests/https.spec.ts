// HTTPS and wss from the server itself, without a proxy.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, test as base } from "../support/test.ts";

const test = base.extend({
  // A server with a certificate of its own, which no browser trusts.
  options: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), "parlor-tls-"));
    const [key, certificate] = [join(directory, "key.pem"), join(directory, "cert.pem")];
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=parlor"];
    const names = ["-addext", "subjectAltName=IP:127.0.0.1"];
    await promisify(execFile)("openssl", [...request, ...names, "-keyout", key, "-out", certificate]);
    await use(["--tls-cert", certificate, "--tls-key", key]);
    await rm(directory, { recursive: true });
  },
});

test("over HTTPS people talk, and a page finds its user and its messages again", async ({ openBrowser, server, signIn }) => {
  expect(server.url()).toMatch(/^https:/);
  const trusting = { ignoreHTTPSErrors: true };
  const annas = await openBrowser(trusting);
  const anna = await signIn("Anna", "tea", annas);
  const ben = await signIn("Ben", "tea", await openBrowser(trusting));
  await anna.send("Hello over TLS");
  await ben.expectMessage("Hello over TLS", "Anna");
  await ben.send("Hello back");
  await anna.expectMessage("Hello back", "Ben");

  const sessions = (await annas.cookies()).filter((cookie) => cookie.httpOnly);
  expect(sessions.length).toBeGreaterThan(0);
  expect(sessions.every((cookie) => cookie.secure)).toBe(true);
  await anna.page.reload();
  await anna.expectRoom("tea");
  await anna.expectMessage("Hello back", "Ben");
});
