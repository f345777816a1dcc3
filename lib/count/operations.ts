/**
 * Operations of a training image, in a few kinds: forward, backward, and the
 * image's share of what happens once a batch. `countOperations` has all kinds
 * and every layer.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import { convolutions, type ConvPlan, type Plan } from "../plan/plan.ts";
import { countOperations } from "./count.ts";
import { OPERATION_KINDS, type Operations, PHASES, sumOperations } from "./kinds.ts";
import type { CountSettings } from "./settings.ts";
import { convMacs, executedMacs } from "./taps.ts";

/** Operations by kind. */
export interface OperationCounts {
  /** Multiply-accumulates of convolutions and the classifier, padding taps counted. */
  readonly macs: number;
  /** Of any width, integers and fp32; those of the multiply-accumulates are not among them. */
  readonly adds: number;
  /** Of any width, those of the multiply-accumulates not among them. */
  readonly multiplies: number;
  /** Of integers and fp32. */
  readonly divisions: number;
  /** In fp32; those in integers are made of the other kinds. */
  readonly squareRoots: number;
}

/** Operations of a training step of a batch, by kind and width. */
export function stepOperations(plan: Plan, method: Method, batch: number, settings: CountSettings = {}): Operations {
  const phases: readonly string[] = PHASES;
  const lines = countOperations(plan, method, batch, settings).filter(({ phase }) => phases.includes(phase));
  return sumOperations(lines.map(({ operations }) => operations));
}

/** Passes of a training step over a convolution: forward and both ways back, but that the first has no error to pass on. */
function stepPasses(plan: Plan, each: (conv: ConvPlan) => number): number {
  const [first, ...others] = convolutions(plan);
  return 2 * each(first!) + 3 * others.reduce((sum, conv) => sum + each(conv), 0);
}

/** Multiply-accumulates of a training image, padding taps counted. */
export function stepMacs(plan: Plan): number {
  return stepPasses(plan, convMacs);
}

/** Operations a training image costs at the given batch size. */
export function operationsPerImage(
  plan: Plan,
  method: Method,
  batch: number,
  settings: CountSettings = {},
): OperationCounts {
  const operations = stepOperations(plan, method, batch, settings);
  const executed = stepPasses(plan, executedMacs);
  const sum = (ending: string) =>
    OPERATION_KINDS.reduce((total, kind) => kind.endsWith(ending) ? total + operations[kind] : total, 0) / batch;
  return {
    macs: stepMacs(plan),
    adds: sum("-add") - executed,
    multiplies: sum("-multiply") - executed,
    divisions: sum("-divide"),
    squareRoots: sum("-square-root"),
  };
}
