// Prints each figure twice: as one line of JSON on standard output as soon as it is known, and in a
// table on standard error at the end.

import type { Reporter, TestCase, TestError, TestResult } from "@playwright/test/reporter";

import { FIGURE, type Figure } from "./figures.ts";

export default class Figures implements Reporter {
  private readonly rows: string[] = [];

  printsToStdio(): boolean {
    return true;
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    this.rows.push(`\n${test.title}`);
    for (const { type, description } of result.annotations) {
      if (type !== FIGURE) continue;
      process.stdout.write(`${description}\n`);
      const { name, value, unit, bar } = JSON.parse(description!) as Figure;
      const held = bar === null ? "" : `${value <= bar ? "within" : "ABOVE"} ${bar}`;
      this.rows.push(`  ${name.padEnd(46)}${value.toFixed(2).padStart(11)} ${unit.padEnd(7)}${held}`);
    }
    for (const error of result.errors) this.onError(error);
  }

  onError(error: TestError): void {
    process.stderr.write(`${error.stack ?? error.message ?? error.value}\n`);
  }

  onEnd(): void {
    process.stderr.write(`${this.rows.join("\n")}\n`);
  }
}
