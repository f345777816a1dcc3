/**
 * The values of a report of `eoq ops`: a method's sums, which no machine
 * measured and no run changes.
 *
 * @module
 */

import { OPERATION_KINDS } from "../count/kinds.ts";
import { TENSORS } from "../count/work.ts";
import type { OpsReport } from "../report/ops.ts";
import { shapeText } from "../terminal/format.ts";
import { fact, type Metric } from "./metric.ts";

/** Every kind of operation and of bytes, those of which there are none too, of every method. */
export function opsMetrics({ model, input, classes, batch, phase, methods }: OpsReport): Metric[] {
  const conditions = { model, input: shapeText(input), classes: `${classes}`, batch: `${batch}`, phase };
  return methods.flatMap(({ method, total: { macs, operations, traffic }, liveBytes }) => {
    const counted = (name: string, value: number) =>
      fact({ name: `${method} ${name}`, measure: "operations", unit: "operations", value, conditions });
    const moved = (name: string, value: number) =>
      fact({ name: `${method} ${name}`, measure: "memory", unit: "bytes", value, conditions });
    return [
      counted("MACs", macs),
      ...OPERATION_KINDS.map((kind) => counted(kind, operations[kind])),
      ...TENSORS.flatMap((tensor) => [
        moved(`${tensor} read`, traffic[tensor].read),
        moved(`${tensor} written`, traffic[tensor].written),
      ]),
      moved("largest live memory", liveBytes),
    ];
  });
}
