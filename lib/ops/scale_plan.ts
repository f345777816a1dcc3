/**
 * From measured steps of one process and a method's program to the document of
 * `eoq plan scale`.
 *
 * @module
 */

import type { Interconnect } from "../count/interconnect.ts";
import { gradientsOf } from "../count/departures.ts";
import { macsOf } from "../count/formulas.ts";
import { callMessages, stepMessages } from "../count/messages.ts";
import { type ComputePoint, scaleStep, SCALINGS } from "../count/scaling.ts";
import { type Method, TRAITS } from "../exec/methods.ts";
import { outlineOf } from "../exec/outline.ts";
import type { Plan } from "../plan/plan.ts";
import { type ScalePlan, scalePlanSchema } from "../report/scale_plan.ts";

/** What is planned. */
export interface ScaleSubject extends Pick<ScalePlan, "command" | "environment" | "batch"> {
  readonly plan: Plan;
  /** Each method with measured steps of it. */
  readonly compute: ReadonlyMap<Method, readonly ComputePoint[]>;
  readonly networks: readonly Interconnect[];
  readonly ranks: readonly number[];
}

/** Every method on every network, in strong and in weak scaling. @throws {UserError} naming the layer that a method does not run. */
export function makeScalePlan({ plan, compute, networks, ranks, ...about }: ScaleSubject): ScalePlan {
  const methods = [...compute].map(([method, points]) => {
    // What is sent does not depend on the part, and the smallest is the least to draw.
    const stepOf = (batch: number) => outlineOf(method, { plan, batch, part: 1 }).training;
    const training = stepOf(about.batch);
    const step = {
      messages: (batch: number) => callMessages(stepOf(batch)),
      work: training.calls.map(macsOf),
      ordered: TRAITS[method].arithmetic === "fp32",
      compute: points,
    };
    const summary = {
      method,
      compute: [...points],
      messages: stepMessages(training),
      gradients: gradientsOf(training),
    };
    return { method, step, summary };
  });
  const predictions = networks.flatMap((network) =>
    SCALINGS.flatMap((scaling) =>
      methods.flatMap(({ method, step }) =>
        ranks.map((count) => ({
          ...{ method, network: network.name, scaling },
          ...scaleStep(step, network, { scaling, ranks: count, batch: about.batch }),
        }))
      )
    )
  );
  return scalePlanSchema.parse({
    schemaVersion: 1,
    ...about,
    model: plan.model,
    methods: methods.map(({ summary }) => summary),
    networks,
    predictions,
  });
}
