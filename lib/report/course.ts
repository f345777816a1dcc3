/**
 * How runs went from epoch to epoch, for the terminal.
 *
 * @module
 */

import { alignColumns } from "../terminal/columns.ts";
import { accuracyOf, measuredOf } from "../train/measured.ts";
import { formatPercent } from "../terminal/format.ts";
import type { Result } from "./run.ts";
import { condense, sparkline } from "../terminal/sparkline.ts";

/** Characters of a line of bars: the most that say something, and the least. */
const WIDEST = 40;
const NARROWEST = 4;

/** What is shown of the epochs. */
interface Quantity {
  readonly name: string;
  readonly values: (result: Result) => number[];
  readonly format: (value: number) => string;
}

/** Accuracy is that of the test or validation images where every epoch was measured on them. */
function quantities(results: readonly Result[]): Quantity[] {
  const tested = results.every(({ history }) => history.every((epoch) => accuracyOf(epoch) !== undefined));
  const loss: Quantity = {
    name: "training loss",
    values: ({ history }) => history.map(({ trainLoss }) => trainLoss),
    format: (value) => value.toFixed(3),
  };
  const accuracy: Quantity = {
    name: `${tested ? measuredOf(results[0]!) : "training"} accuracy`,
    values: ({ history }) => history.map((epoch) => tested ? accuracyOf(epoch)! : epoch.trainAccuracy),
    format: formatPercent,
  };
  return [loss, accuracy];
}

/**
 * A line of bars for each method and quantity, first and last value beside it;
 * methods share the scale of a quantity. None where no run has two epochs.
 */
export function formatCourses(results: readonly Result[], width: number): string[] {
  const long = results.filter(({ history }) => history.length > 1);
  if (long.length === 0) return [];
  const seeds = new Set(long.map(({ seed }) => seed)).size > 1;
  const nameOf = ({ method, seed }: Result) => seeds ? `${method}, seed ${seed}` : method;
  const rows = (room: number) =>
    quantities(long).flatMap(({ name, values, format }) => {
      const all = long.flatMap(values);
      const [low, high] = [Math.min(...all), Math.max(...all)];
      return long.map((result, i) => {
        const course = values(result);
        const bars = sparkline(condense(course, room), low, high);
        return [i === 0 ? name : "", nameOf(result), format(course[0]!), bars, format(course.at(-1)!)];
      });
    });
  const room = (most: number) => Math.max(...alignColumns(rows(most), 2).map((line) => line.length));
  const spare = width - (room(1) - 1);
  return alignColumns(rows(Math.max(NARROWEST, Math.min(WIDEST, spare))), 2);
}
