/**
 * Values as CSV (RFC 4180), one a line, exact.
 *
 * @module
 */

import { formatCsv } from "../../terminal/csv.ts";
import type { Change } from "../diff.ts";
import type { Export } from "./export.ts";

const VALUES = ["name", "measure", "unit", "value", "low", "high"];
const CONDITIONS = ["CPU", "ISA path", "threads"];
const CHANGES = ["baseline", "ratio", "ratio low", "ratio high", "verdict"];

/** The values, with their baselines where there are any. */
export function csv({ measurement, diff }: Export): string {
  const changeCells = (change: Change | undefined) => {
    const { ratio = null, baseline = null, verdict = null } = change ?? {};
    return [baseline, ratio?.value ?? null, ratio?.interval[0] ?? null, ratio?.interval[1] ?? null, verdict];
  };
  const columns = [...VALUES, ...CONDITIONS, ...(diff === undefined ? [] : CHANGES)];
  const rows = measurement.metrics.map((metric) => {
    const { name, measure, unit, value, interval, conditions } = metric;
    return [
      ...[name, measure, unit, value, interval?.[0] ?? null, interval?.[1] ?? null],
      ...CONDITIONS.map((key) => conditions[key] ?? null),
      ...(diff === undefined ? [] : changeCells(diff.changes.find((change) => change.metric === metric))),
    ];
  });
  return formatCsv([columns, ...rows]).trimEnd();
}
