/**
 * What a training step of one process takes by its batch: taken from a report
 * of `eoq bench step`, or measured now.
 *
 * @module
 */

import type { ComputePoint } from "../count/scaling.ts";
import type { Method } from "../exec/methods.ts";
import type { Library } from "../native/library.ts";
import type { Plan } from "../plan/plan.ts";
import type { BenchReport } from "../report/bench.ts";
import { sameSetting, type Setting } from "../report/setting.ts";
import { median } from "../statistics/median.ts";
import { RANDOM_IMAGES } from "./images.ts";
import { ownStep } from "./own_step.ts";
import { sampleInTurn } from "./sampling.ts";

/** A method's training steps in a report, at the first setting that has one; none where it was not timed. */
export function computeOfReport({ rows }: BenchReport, model: string, method: Method): ComputePoint[] {
  const timed = rows.filter(({ subject, phase, variant, shape, batch }) =>
    subject === "eoq" && phase === "train-step" && variant === method && shape === `${method} ${model} batch ${batch}`
  );
  return timed.filter((row) => sameSetting(row, timed[0]!)).map(({ batch, median }) => ({
    batch,
    seconds: batch / median,
  }));
}

/** Measures a method's training steps at batches, in turn, for so many seconds each. */
export async function measureCompute(
  library: Library,
  plan: Plan,
  method: Method,
  { batches, seconds }: { readonly batches: readonly number[]; readonly seconds: number },
): Promise<ComputePoint[]> {
  const setting: Setting = { isa: library.isa, threads: library.threads };
  const steps = batches.map((batch) =>
    ownStep(library, setting, method, { plan, batch, phase: "train-step", images: RANDOM_IMAGES })
  );
  try {
    const rates = await sampleInTurn(steps, { seconds });
    return batches.map((batch, i) => ({ batch, seconds: batch / median(rates[i]!) }));
  } finally {
    for (const step of steps) await step.close();
  }
}
