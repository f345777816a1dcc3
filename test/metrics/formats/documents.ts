/** What the tests of formats export. */

import { diff } from "../../../lib/metrics/diff.ts";
import type { Export } from "../../../lib/metrics/formats/export.ts";
import { fact } from "../../../lib/metrics/metric.ts";
import { measurement, timing } from "../metrics.ts";

const weights = (digit: string) =>
  fact({ name: "eoq weights", measure: "weights", unit: "", value: digit.repeat(64), conditions: {} });

const accuracy = fact({
  name: "eoq test accuracy",
  measure: "accuracy",
  unit: "",
  value: 0.75,
  better: "higher",
  conditions: {},
});

const HOSTILE = { name: `<&"' ]]> a,b|c\n\u0001` };

const rates = (value: number) => [
  timing(value),
  timing(50, 0, { name: "forward int8", unit: "GMAC/s", interval: null }),
  timing(2, 0.5, { name: "eoq / bn-fp32", measure: "ratio", unit: "times", gate: "none" }),
  timing(4096, 0.25, { name: "memory", measure: "memory", unit: "bytes", better: "lower", gate: "none" }),
];

/** Values of every kind, and one of a name that no format takes as it is. */
export const values: Export = { measurement: measurement(...rates(80), accuracy, weights("a"), timing(7, 0, HOSTILE)) };

/** The same beside a baseline: one slower, one without an error, a digest that changed, one that is alike. */
export const compared: Export = {
  ...values,
  diff: diff(
    measurement(...rates(100), accuracy, weights("b"), timing(7, 0, HOSTILE), timing(1, 0, { name: "gone" })),
    values.measurement,
    { maxRegression: 0.05, minAccuracy: 0.8, force: false },
  ),
};

/** Two reports that have nothing in common. */
export const incomparable: Export = {
  ...values,
  diff: diff(measurement(timing(1, 0, { name: "gone <" })), values.measurement, {
    maxRegression: 0.05,
    minAccuracy: undefined,
    force: false,
  }),
};
