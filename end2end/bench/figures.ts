// The figures that a benchmark reports, each with its limit if there is one.

import { test } from "@playwright/test";

/** One figure. The bar is the highest value that is good enough. A figure above it is reported and
 * fails nothing. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  bar: number | null;
}

/** The type of the annotations that pass figures to the reporter. */
export const FIGURE = "figure";

/** Reports a figure of the current benchmark. */
export function note(name: string, value: number, unit: string, bar: number | null = null): void {
  // A figure that was not measured must not look like a good one.
  if (!Number.isFinite(value)) throw new Error(`${name} was not measured`);
  const figure: Figure = { name, value: Math.round(value * 100) / 100, unit, bar };
  test.info().annotations.push({ type: FIGURE, description: JSON.stringify(figure) });
}

/** The value below which this part of all values lies, such as 0.5 for the median. */
export function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

export const median = (values: number[]): number => quantile(values, 0.5);
