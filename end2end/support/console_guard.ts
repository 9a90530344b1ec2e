// Whatever a browser complains about fails the story, unless the story says that it expects it.

import type { BrowserContext } from "@playwright/test";

/** Listens for complaints: errors and warnings on the console (violations of the content security
 * policy are among them), uncaught errors, requests that failed or were refused. */
export class Calm {
  private readonly complaints: string[] = [];
  private readonly expected: RegExp[] = [];

  /** From now on such a complaint belongs to the story. */
  expect(complaint: RegExp): void {
    this.expected.push(complaint);
  }

  /** While the server is down the browser says so about every attempt to reach it, and about each
   * that the page gives up for a better one. */
  expectLostConnections(): void {
    this.expect(/^(error|warning): WebSocket connection to 'ws:\S+\/ws' failed/);
  }

  /** Without a network the browser says so, too. */
  expectNoNetwork(): void {
    this.expectLostConnections();
    this.expect(/ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED/);
  }

  /** Listens to all pages of a browser. */
  over(browser: BrowserContext): void {
    browser.on("console", (message) => {
      const kind = message.type();
      if (kind === "error" || kind === "warning" || kind === "assert") {
        this.note(`${kind}: ${message.text()}`);
      }
    });
    browser.on("weberror", (error) => this.note(`uncaught: ${error.error()}`));
    browser.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // Not a failure: the reader went on to another page before this one was complete.
      if (reason !== "net::ERR_ABORTED") this.note(`failed: ${request.url()} ${reason}`);
    });
    browser.on("response", (response) => {
      if (response.status() >= 400) this.note(`refused: ${response.status()} ${response.url()}`);
    });
  }

  /** What nobody expected. */
  unexpected(): string[] {
    const unexpected = (text: string) => !this.expected.some((pattern) => pattern.test(text));
    return this.complaints.filter(unexpected);
  }

  private note(complaint: string): void {
    this.complaints.push(complaint);
  }
}
