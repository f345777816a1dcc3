/**
 * Options that say what a page of results leaves beside it.
 *
 * @module
 */

import type { ValueOption } from "./option.ts";
import { text, wattages } from "./parsers.ts";

/** By their flag without dashes. */
export const REPORT_OPTIONS = {
  svg: {
    placeholder: "DIR",
    help: "write each plot to this folder too, as an SVG file",
    parse: text,
  },
  csv: {
    placeholder: "DIR",
    help: "write each table to this folder too, as a CSV file with exact numbers",
    parse: text,
  },
  watts: {
    placeholder: "N,N",
    help: "watts that the machine of each file drew, in the order of the files; - where that is not known",
    parse: wattages,
  },
} as const satisfies Record<string, ValueOption<unknown>>;
