/**
 * The values of a report of `eoq bench scale`.
 *
 * @module
 */

import { TRAITS } from "../exec/methods.ts";
import type { ScalingReport } from "../report/scaling.ts";
import { machineConditions } from "./bench.ts";
import { fact, type Metric } from "./metric.ts";

/** The rate, the bytes and the weights of each row. */
export function scalingMetrics({ environment, model, images, scaling }: ScalingReport): Metric[] {
  return scaling.flatMap((row): Metric[] => {
    const { method, batch, ranks, threads, median, interval, messages, weightsSha256 } = row;
    const name = `shared train-step ${method} ${model} batch ${batch}, ranks ${ranks}`;
    const machine = machineConditions(environment.cpu, { isa: environment.isa.path, threads });
    // Integers come out the same on every path; sums of floats depend on the vector's width.
    const exactly = { images, ...TRAITS[method].arithmetic === "fp32" && { "ISA path": environment.isa.path } };
    return [
      {
        ...{ name, measure: "throughput", unit: "images/s", value: median, interval, better: "higher" },
        ...{ gate: "interval", conditions: machine },
      },
      fact({
        name: `${name}, bytes`,
        measure: "memory",
        unit: "bytes",
        value: messages.maximaBytes + messages.sumsBytes,
        conditions: {},
      }),
      ...weightsSha256 === null ? [] : [
        fact({
          name: `${name}, weights SHA-256`,
          measure: "weights",
          unit: "",
          value: weightsSha256,
          conditions: exactly,
        }),
      ],
    ];
  });
}
