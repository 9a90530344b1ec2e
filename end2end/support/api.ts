// A bot that uses the HTTP API with a token.

import type { Server } from "./server.ts";
import { expect } from "./test.ts";

/** Creates a bot with these scopes. Returns a function that posts a text to a path of the API. */
export async function createBot(
  server: Server,
  name: string,
  scopes: string,
): Promise<(path: string, text: string) => Promise<void>> {
  const token = await server.command("token", "create", "--name", name, "--may", scopes);
  return async (path, text) => {
    const answer = await fetch(server.url(`/api/v1${path}`), {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify({ text }),
    });
    expect(answer.status).toBe(200);
  };
}
