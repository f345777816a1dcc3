/**
 * What a stream came to, for the terminal.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { alignColumns } from "../terminal/columns.ts";
import { formatPercent, formatRate } from "../terminal/format.ts";
import { formatSection } from "../terminal/section.ts";
import { condense, sparkline } from "../terminal/sparkline.ts";
import { learnerName, type LearnReport, type LearnResult, orderText, streamText } from "./learn.ts";

/** What a learner's name says in a word. */
const RUNNING = "running: batch norm with its running statistics, which stay as the checkpoint has them";

/** Characters of a line of bars at most. */
const WIDEST = 40;

/** How each learner went, by its last 100 images, on one scale. */
function courses(learners: readonly LearnResult[], width: number): string[] {
  const curves = learners.map(({ curve }) => curve.map(({ last100 }) => last100));
  const all = curves.flat();
  const rows = (room: number) =>
    curves.map((curve, i) => {
      const bars = sparkline(condense(curve, room), Math.min(...all), Math.max(...all));
      return [learnerName(learners[i]!), formatPercent(curve[0] ?? 0), bars, formatPercent(curve.at(-1) ?? 0)];
    });
  const spare = width - Math.max(...alignColumns(rows(1), 1).map((line) => line.length));
  return alignColumns(rows(Math.max(4, Math.min(WIDEST, spare))), 1);
}

/**
 * The report as a table, and what it is of.
 *
 * @param drawn whether the curves are drawn.
 */
export function learnText(
  { learners, stream, skipped, environment }: LearnReport,
  width: number,
  drawn: boolean,
): string {
  const { images } = learners[0]!, { broken, unknown } = skipped;
  const total = ({ parameters, activations, optimizer }: LearnResult["bytes"]) => parameters + activations + optimizer;
  return formatSection({
    title: `${images.toLocaleString("en-US")} images of ${streamText(stream)}`,
    columns: ["learner", "accuracy", "last 1,000", "last 100", "images/s", "memory"],
    words: 1,
    rows: learners.map((learner) => [
      learnerName(learner),
      formatPercent(learner.accuracy),
      ...learner.diverged ? ["diverged", "-"] : [formatPercent(learner.last1000), formatPercent(learner.last100)],
      learner.imagesPerSecond === null ? "-" : formatRate(learner.imagesPerSecond),
      formatBytes(total(learner.bytes), { binary: true }),
    ]),
    plot: drawn && images > 0 ? ["", "from the first 100 to the last", ...courses(learners, width)] : [],
    notes: [
      "",
      "accuracy is that of predictions, each made before its image was learnt from",
      ...learners.some(({ statistics }) => statistics === "running") ? [RUNNING] : [],
      ...learners.filter(({ diverged }) => diverged).map((learner) =>
        `${learnerName(learner)}: its loss was no number behind image ${learner.images}, and it learnt no more`
      ),
      ...broken + unknown === 0 ? [] : [`skipped: ${broken} broken, ${unknown} of unknown classes`],
      `${orderText(stream)}; ${environment.cpu}, threads ${environment.threads}, ${environment.isa.path}`,
    ],
  }, width).trimEnd();
}
