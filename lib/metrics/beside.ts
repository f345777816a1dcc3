/**
 * What another checkout's steps, which took turns with this one's, say of them.
 *
 * @module
 */

import { BASE, type BenchReport } from "../report/bench.ts";
import { sameSetting } from "../report/setting.ts";
import { rowMetric } from "./bench.ts";
import { besideNoise, type Change, type Diff, judge, type Tolerance } from "./diff.ts";

/** Holds this checkout's rows against the base's beside them: the ratios are those of neighbouring samples. */
export function diffBeside({ environment, rows, ratios, noise, peaks }: BenchReport, tolerance: Tolerance): Diff {
  const { maxRegression } = tolerance, change = noise?.change ?? 0;
  const changes = rows.filter(({ subject }) => subject === "eoq").flatMap((row): Change[] => {
    const base = rows.find((each) =>
      each.subject === BASE && each.phase === row.phase && each.shape === row.shape && sameSetting(each, row)
    );
    const found = ratios.find(({ phase, shape, of, to }) =>
      phase === row.phase && `${of.variant} ${shape}` === row.shape && to.subject === BASE && sameSetting(of, row)
    );
    if (base === undefined || found === undefined) return [];
    const ratio = { value: found.median, interval: found.interval };
    return [{
      metric: rowMetric(row, environment.cpu, peaks),
      baseline: base.median,
      ratio,
      verdict: besideNoise(judge(ratio, maxRegression), ratio.value, change, maxRegression),
    }];
  });
  return { changes, differences: [], gone: [], noise: change };
}
