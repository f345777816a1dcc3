/**
 * The values of a report of `eoq learn`.
 *
 * @module
 */

import { TRAITS } from "../exec/methods.ts";
import { learnerName, type LearnReport } from "../report/learn.ts";
import { machineConditions } from "./bench.ts";
import { fact, type Metric } from "./metric.ts";

/** The values of each learner. */
export function learnMetrics({ learners, stream, environment }: LearnReport): Metric[] {
  return learners.flatMap((learner): Metric[] => {
    const { method, model, images, imagesPerSecond, learningRate, from, weightsSha256, bytes } = learner;
    const name = `${learnerName(learner)} ${model}`;
    const what = { stream: JSON.stringify(stream), images: `${images}`, learningRate: `${learningRate}`, from };
    // Integers come out the same on every path; sums of floats depend on the vector's width.
    const exactly = TRAITS[method].arithmetic === "fp32" ? { ...what, "ISA path": environment.isa.path } : what;
    const timed = {
      ...what,
      ...machineConditions(environment.cpu, { isa: environment.isa.path, threads: environment.threads }),
    };
    return [
      fact({
        name: `${name} accuracy before learning`,
        measure: "accuracy",
        unit: "",
        value: learner.accuracy,
        better: "higher",
        conditions: exactly,
      }),
      fact({
        name: `${name} weights SHA-256`,
        measure: "weights",
        unit: "",
        value: weightsSha256,
        conditions: exactly,
      }),
      ...imagesPerSecond === null ? [] : [{
        name: `${name} learning`,
        measure: "throughput" as const,
        unit: "images/s",
        value: imagesPerSecond,
        interval: null,
        better: "higher" as const,
        gate: "interval" as const,
        conditions: timed,
      }],
      ...Object.entries(bytes).map(([kind, value]: [string, number]) =>
        fact({ name: `${name} ${kind}`, measure: "memory", unit: "bytes", value, conditions: what })
      ),
    ];
  });
}
