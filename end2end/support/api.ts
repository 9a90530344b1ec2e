// A bot that speaks HTTP, with a token.

import type { Server } from "./server.ts";
import { expect } from "./test.ts";

/** Posts texts to paths of the API, with a token of its own that may do this. */
export async function bot(
  server: Server,
  name: string,
  may: string,
): Promise<(path: string, text: string) => Promise<void>> {
  const token = await server.told("token", "create", "--name", name, "--may", may);
  return async (path, text) => {
    const answer = await fetch(server.url(`/api/v1${path}`), {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify({ text }),
    });
    expect(answer.status).toBe(200);
  };
}
