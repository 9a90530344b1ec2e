// What a benchmark has to say: figures, each with the bar it is meant to hold, if there is one.

import { test } from "@playwright/test";

/** One figure. A bar is the most that is good enough; a figure above it fails nothing. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  bar: number | null;
}

/** The kind of annotation as which a figure travels to the reporter. */
export const FIGURE = "figure";

/** Notes a figure of the benchmark that runs. */
export function note(name: string, value: number, unit: string, bar: number | null = null): void {
  // A figure that was not measured must not read as a good one.
  if (!Number.isFinite(value)) throw new Error(`${name} was not measured`);
  const figure: Figure = { name, value: Math.round(value * 100) / 100, unit, bar };
  test.info().annotations.push({ type: FIGURE, description: JSON.stringify(figure) });
}

/** The value below which so large a part of all values lies: 0.5 for the median. */
export function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

export const median = (values: number[]): number => quantile(values, 0.5);
