/**
 * `eoq diff`: two reports held against each other.
 *
 * @module
 */

import { baselinePath, toleranceOf } from "../cli/baseline.ts";
import type { Command } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";

/** The command. */
export const DIFF: Command = {
  name: "diff",
  summary: "hold a report against an earlier one: what is better or worse beyond doubt",
  operands: [{ placeholder: "BASELINE" }, { placeholder: "FILE" }],
  options: ["max-regression", "min-accuracy", "force", "strict", "format", "json", "help"],
  description:
    "Takes what bench --save, compare, train and paper wrote: a file, or the NAME of a --save. Timings are judged by " +
    "the interval of their ratio: twice the 95 % error, and what the machine's own peak changed. Worse or better is beyond " +
    "--max-regression for certain, same is within it, and the rest is inconclusive; what is smaller than what runs of the same code " +
    "differed by (bench --save and --against measure that) cannot be told. Accuracies by seed, weights " +
    "hashes and counts of the same configuration must be the very same. Values that other CPUs, paths, thread counts " +
    "or configurations came to are left out and named, unless --force says otherwise.",
  list: {
    title: "Exit codes",
    rows: [
      ["0", "nothing is worse"],
      ["1", "a timing or a memory is worse"],
      ["2", "the input is at fault"],
      ["3", "nothing could be compared, or a value of the baseline is gone"],
      ["4", "a result is wrong: an accuracy, a hash or a count changed, or --min-accuracy is not reached"],
    ],
  },
  examples: [
    "eoq diff before after --max-regression 3%",
    "eoq diff old/results.json results/results.json --min-accuracy 98%",
    "eoq diff before after --format junit > report.xml",
  ],

  async run(invocation) {
    const { formatOf, printDocument, verdictTable } = await import("../cli/document.ts");
    const { diff, diffJson, outcomeOf } = await import("../metrics/diff.ts");
    const { readMeasurement } = await import("../metrics/report_file.ts");
    const { values, operands } = invocation;
    const format = formatOf(invocation);
    const [before, now] = operands.map(baselinePath) as [string, string];
    const baseline = await readMeasurement(before), measurement = await readMeasurement(now);
    const tolerance = toleranceOf(values);
    const found = diff(baseline, measurement, tolerance);
    await printDocument(format, { measurement, diff: found }, {
      saysVerdicts: ["table", "json"],
      table: () => verdictTable(found),
      json: () => diffJson({ file: before, measurement: baseline }, { file: now, measurement }, tolerance, found),
    });
    return EXIT[outcomeOf(found, tolerance)];
  },
};
