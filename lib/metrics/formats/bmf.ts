/**
 * Bencher Metric Format: an object of benchmarks, each an object of measures
 * (https://bencher.dev/bmf.json).
 *
 * @module
 */

import { type Export, fullName, numbersOf } from "./export.ts";

/** The values as BMF. */
export function bmf(document: Export): string {
  const entries = numbersOf(document).map((metric) => {
    const { measure, value, interval } = metric;
    const bounds = interval === null ? {} : { lower_value: interval[0], upper_value: interval[1] };
    return [fullName(metric), { [measure]: { value, ...bounds } }];
  });
  return JSON.stringify(Object.fromEntries(entries), null, 2);
}
