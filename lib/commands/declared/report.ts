/**
 * The command that shows results: what the help and the parser know of it.
 *
 * @module
 */

import type { Command } from "../../cli/command.ts";

/** In the order of the help. */
export const REPORT_COMMANDS: readonly Command[] = [
  {
    name: "report",
    summary: "turn result files of any command into one page of plots and tables",
    operands: [{ placeholder: "FILE", repeated: true }],
    options: ["out", "svg", "csv", "watts", "help"],
    fallbacks: { out: "report.html" },
    placeholders: { out: "FILE" },
    helps: { out: "the page to write; -o is short for it" },
    description:
      "Takes results.json of compare and train, report.json of paper, what bench saved and the JSON of ops, one file or many, and " +
      "writes one HTML file that needs nothing else: it works offline, in light and dark, on a phone and on paper, and " +
      "holds the files that it was made from. Files of several machines are compared work by work, for each core in " +
      "use, and for each watt where --watts says what a machine drew.",
    examples: [
      "eoq report results/results.json",
      "eoq report paper/accuracy-tiny/report.json step.json -o paper.html --svg figures --csv tables",
      "eoq report laptop.json server.json --watts 28,350",
    ],
    load: () => import("../report.ts"),
  },
];
