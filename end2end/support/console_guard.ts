// Any error or warning that a browser reports fails the test, unless the test expects it.

import type { BrowserContext } from "@playwright/test";

/** Collects problems: errors and warnings on the console (including violations of the content
 * security policy), uncaught errors, and requests that failed or were refused. */
export class ConsoleGuard {
  private readonly problems: string[] = [];
  private readonly expected: RegExp[] = [];

  /** From now on such a problem is expected. */
  expect(problem: RegExp): void {
    this.expected.push(problem);
  }

  /** While the server is down, the browser reports each failed attempt to connect, and each attempt
   * that the page gives up in favor of another. */
  expectLostConnections(): void {
    this.expect(/^(error|warning): WebSocket connection to 'ws:\S+\/ws' failed/);
  }

  /** Without a network, the browser reports that too. */
  expectNoNetwork(): void {
    this.expectLostConnections();
    this.expect(/ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED/);
  }

  /** Watches all pages of a browser. */
  watch(browser: BrowserContext): void {
    browser.on("console", (message) => {
      const kind = message.type();
      if (kind === "error" || kind === "warning" || kind === "assert") {
        this.note(`${kind}: ${message.text()}`);
      }
    });
    browser.on("weberror", (error) => this.note(`uncaught: ${error.error()}`));
    browser.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // Not a failure: another page was opened before this one had loaded.
      if (reason !== "net::ERR_ABORTED") this.note(`failed: ${request.url()} ${reason}`);
    });
    browser.on("response", (response) => {
      if (response.status() >= 400) this.note(`refused: ${response.status()} ${response.url()}`);
    });
  }

  /** All problems that were not expected. */
  unexpected(): string[] {
    const unexpected = (text: string) => !this.expected.some((pattern) => pattern.test(text));
    return this.problems.filter(unexpected);
  }

  private note(problem: string): void {
    this.problems.push(problem);
  }
}
