/**
 * One look for each series, the same in every plot of a page.
 *
 * @module
 */

import { type Method, METHODS } from "../../exec/methods.ts";
import type { SeriesStyle } from "./chart.ts";
import { seriesColor } from "./palette.ts";

const SYMBOLS = ["circle", "square", "triangle", "diamond", "star", "wye", "cross", "times"] as const;
const DASHES = ["none", "6 3", "2 3", "9 3 2 3"] as const;

/** Colour and sign by position. */
function nth(label: string, index: number): SeriesStyle {
  return {
    label,
    color: seriesColor(index),
    symbol: SYMBOLS[index % SYMBOLS.length]!,
    dash: DASHES[Math.floor(index / SYMBOLS.length) % DASHES.length]!,
  };
}

/** Places among the colours: eoq and its baseline have the first two. */
const PLACES: Readonly<Record<Method, number>> = { "eoq": 0, "bn-fp32": 1, "fixup-fp32": 2, "wageubn": 3 };

/** The look of a method; of another variant, as the types that are multiplied, that of the first. */
export function methodStyle(variant: string): SeriesStyle {
  const method = METHODS.find((each) => each === variant);
  return nth(variant, method === undefined ? 0 : PLACES[method]);
}

/** Looks for labels: those of the methods where each has one label, else one after the other. */
export function stylesOf(labels: readonly string[]): Map<string, SeriesStyle> {
  const distinct = [...new Set(labels)];
  const methods = distinct.map((label) => METHODS.find((method) => label.split(", ")[0] === method));
  const single = methods.every((method, i) => method !== undefined && methods.indexOf(method) === i);
  return new Map(distinct.map((label, i) => [label, single ? { ...methodStyle(methods[i]!), label } : nth(label, i)]));
}
