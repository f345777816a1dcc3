/**
 * Options that say what a run or a page leaves behind, and what a run tells on its way.
 *
 * @module
 */

import { FORMATS } from "../../metrics/formats/formats.ts";
import { MOST_KEPT } from "../../train/checkpoint_files.ts";
import { oneOf } from "../../words.ts";
import type { ValueOption } from "./option.ts";
import { bytes, decimal, integer, interval, text, wattages } from "./parsers.ts";

/** Those of a run, by their flag without dashes. */
export const OUTPUT_OPTIONS = {
  "checkpoint-every": {
    placeholder: "N",
    help: "write a checkpoint every N steps, or N seconds, minutes or hours as 30s, 10m, 2h, and after each epoch",
    fallback: "10m",
    parse: interval,
  },
  keep: {
    placeholder: "N",
    help: "checkpoints to keep: the newest, and those before it as METHOD.checkpoint.1, .2 and so on",
    fallback: "2",
    parse: integer(1, MOST_KEPT),
  },
  "evaluate-every": {
    placeholder: "N",
    help: "measure the test or validation accuracy every N epochs too, for the history in results.json",
    parse: integer(1, 10_000),
  },
  trace: {
    placeholder: "FILE",
    help: "write JSON lines of what the integers of a step came to: shares clipped, zero and unchanged, exponents",
    parse: text,
  },
  "trace-every": {
    placeholder: "N",
    help: "steps from one look at the integers to the next; bad signs are warned of with or without --trace",
    fallback: "100",
    parse: integer(1, 1_000_000),
  },
  log: {
    placeholder: "SECONDS",
    help: "also write a line of progress to stderr so often, for files and other programs",
    parse: decimal(0, 86_400),
  },
  format: {
    placeholder: "NAME",
    help: `how the result is printed: ${FORMATS.join(", ")}`,
    fallback: "table",
    values: FORMATS,
    // A string, as a command can have formats of its own.
    parse: (text): string => oneOf("format", text, FORMATS),
  },
  calibrate: {
    placeholder: "N",
    help: "find exponents on N training images of the run, the same for all images: faster models that are not exact",
    parse: integer(1, 10_000),
  },
  ram: {
    placeholder: "BYTES",
    help: "memory that the network may take on a device, the stack in it, as 65536, 256K, 1M; for the format c",
    parse: bytes,
  },
  out: {
    placeholder: "DIR",
    help: "folder for results.json and the checkpoints; {method}, {model}, {dataset}, {seed} and {config}, what " +
      "differs from the defaults as eight digits of a hash, are filled in",
    fallback: "results",
    parse: text,
  },
} as const satisfies Record<string, ValueOption<unknown>>;

/** Those of a page of results: what it leaves beside it. */
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
