/**
 * Steps that ranks share, measured, as a table.
 *
 * @module
 */

import type { ScalingReport, ScalingRow } from "../report/scaling.ts";
import { environmentLine } from "../report/environment.ts";
import { shortDigest } from "../package/sha256.ts";
import { alignWithin } from "../terminal/columns.ts";
import { formatRate } from "../terminal/format.ts";
import { wrapLines } from "../terminal/wrap.ts";

/** Columns of notes where there is no terminal. */
const WIDTH = 80;

function cells(row: ScalingRow): string[] {
  const { method, batch, ranks, median, interval: [low, high], efficiency, messages, weightsSha256 } = row;
  const { maxima, sums, maximaBytes, sumsBytes } = messages;
  return [
    method,
    `${batch}`,
    `${ranks}`,
    formatRate(median),
    `${(50 * (high - low) / median).toFixed(1)} %`,
    `${(100 * efficiency).toFixed(0)} %`,
    `${maxima}+${sums}`,
    Math.round(maximaBytes + sumsBytes).toLocaleString("en-US"),
    weightsSha256 === null ? "differ" : shortDigest(weightsSha256),
  ];
}

/** Whether what was sent is what the formula says. */
function isAsSaid({ messages, formula }: ScalingRow): boolean {
  return JSON.stringify(messages) === JSON.stringify(formula);
}

/** A row for each method, batch and number of ranks, and what is to be said of them. */
export function formatScaling(report: ScalingReport, width: number): string {
  const { model, images, mpi, hashedSteps, scaling, environment } = report;
  const head = [
    ...["method", "batch", "ranks", "images/s", "+-", "efficiency", "messages", "bytes", "weights"],
  ];
  const wrong = scaling.filter((row) => !isAsSaid(row));
  const notes = [
    `${model}, ${images} images; +-: half of the 95 % interval; a rank sends, in a step, messages (maxima+sums) of so many bytes; weights are those behind ${hashedSteps} steps`,
    ...wrong.map(({ method, ranks, formula: { maxima, sums, maximaBytes, sumsBytes } }) =>
      `${method} on ${ranks} ranks: the formula says ${maxima}+${sums} messages and ${maximaBytes + sumsBytes} bytes`
    ),
    ...wrong.length === 0 ? ["messages and bytes are those of the formula"] : [],
    ...environment.cores < Math.max(...scaling.map(({ ranks, threads }) => ranks * threads))
      ? [`more threads than the ${environment.cores} cores: those rates say nothing of scaling`]
      : [],
    `${mpi}; ${environmentLine(environment)}`,
  ];
  return `${alignWithin([head, ...scaling.map(cells)], 1, width).join("\n")}\n\n${
    wrapLines(notes.join("\n"), Math.min(width, WIDTH))
  }`;
}
