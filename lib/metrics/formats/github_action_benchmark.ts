/**
 * The input of benchmark-action/github-action-benchmark with the tool
 * `customSmallerIsBetter`. One file has one direction, so rates become times.
 *
 * @module
 */

import { type Export, fullName, type NumberMetric, numbersOf } from "./export.ts";

interface Entry {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly range?: string;
}

/** Milliseconds of what a rate counts: `images/s` is `ms/image`. */
const INVERTED: Readonly<Record<string, { readonly unit: string; readonly scale: number }>> = {
  "images/s": { unit: "ms/image", scale: 1000 },
  "GMAC/s": { unit: "ms/GMAC", scale: 1000 },
  "times": { unit: "of the other's time", scale: 1 },
};

function turn({ measure, unit, value, better }: NumberMetric): { unit: string; turned: (value: number) => number } {
  if (measure === "accuracy") return { unit: "test error", turned: (accuracy) => 1 - accuracy };
  if (better === "lower") return { unit: unit || measure, turned: (each) => each };
  const inverted = INVERTED[unit];
  if (inverted === undefined) throw new TypeError(`no smaller-is-better form of ${value} ${unit}`);
  return { unit: inverted.unit, turned: (rate) => inverted.scale / rate };
}

function entry(metric: NumberMetric): Entry {
  const { unit, turned } = turn(metric);
  const { interval, value } = metric;
  const range = interval && `± ${(Math.abs(turned(interval[0]) - turned(interval[1])) / 2).toPrecision(3)}`;
  return { name: fullName(metric), unit, value: turned(value), ...(range !== null && { range }) };
}

/** The values as an array of entries. */
export function githubActionBenchmark(document: Export): string {
  return JSON.stringify(numbersOf(document).map(entry), null, 2);
}
