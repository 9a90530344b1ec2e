// Sends messages over a bare socket, without a chat page, to fill a room quickly.

import type { BrowserContext } from "@playwright/test";

import type { Server } from "./server.ts";

/** Signs in, sends all these texts to a room with `every` milliseconds in between, waits until the
 * last one is stored, and closes the socket. */
export async function sendMessages(
  server: Server,
  browser: BrowserContext,
  nickname: string,
  room: string,
  texts: string[],
  every = 0,
): Promise<void> {
  const page = await browser.newPage();
  await page.goto(server.url("/"));
  await page.evaluate(
    ({ nickname, room, texts, every }) =>
      new Promise<void>((done, fail) => {
        const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws");
        const send = (frame: object) => socket.send(JSON.stringify(frame));
        socket.onopen = () => {
          send({ type: "login", nickname, room });
          texts.forEach((text, nth) => {
            const sendText = () => send({ type: "room", to: room, id: `${nth}`, text });
            if (every) setTimeout(sendText, nth * every);
            else sendText();
          });
        };
        let echoes = 0;
        socket.onmessage = ({ data }) => {
          for (const line of data.split("\n")) {
            const frame = JSON.parse(line);
            if (frame.type === "error") fail(new Error(frame.message));
            if (frame.type === "message") echoes += 1;
          }
          if (echoes === texts.length) {
            socket.onclose = () => done();
            socket.close();
          }
        };
        socket.onclose = ({ code }) => fail(new Error(`closed with ${code}`));
      }),
    { nickname, room, texts, every },
  );
  await page.close();
}

/** "Line 1" to "Line n". */
export function numberedLines(count: number): string[] {
  return Array.from({ length: count }, (_, nth) => `Line ${nth + 1}`);
}
