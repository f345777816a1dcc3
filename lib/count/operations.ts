/**
 * Operations of a training image, in a few kinds: forward, backward, and the
 * image's share of what happens once a batch. `countOperations` has all kinds
 * and every layer.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import { convolutions, type Plan } from "../plan/plan.ts";
import { countParts } from "./count.ts";
import { OPERATION_KINDS, type Operations, sumOperations } from "./kinds.ts";
import type { Part } from "./parts.ts";
import type { CountSettings } from "./settings.ts";
import { convMacs } from "./taps.ts";

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

/** What the calls of a training step come to. */
function stepParts(plan: Plan, method: Method, batch: number, settings: CountSettings): Part[] {
  return countParts(plan, method, batch, settings).filter(({ phase }) => phase !== "inference");
}

/** Operations of a training step of a batch, by kind and width. */
export function stepOperations(plan: Plan, method: Method, batch: number, settings: CountSettings = {}): Operations {
  return sumOperations(stepParts(plan, method, batch, settings).map(({ operations }) => operations));
}

/**
 * Multiply-accumulates of a training image, padding taps counted: forward and
 * both ways back, but that the first convolution has no error to pass on.
 */
export function stepMacs(plan: Plan): number {
  const [first, ...others] = convolutions(plan);
  return 2 * convMacs(first!) + 3 * others.reduce((sum, conv) => sum + convMacs(conv), 0);
}

/** Operations a training image costs at the given batch size. */
export function operationsPerImage(
  plan: Plan,
  method: Method,
  batch: number,
  settings: CountSettings = {},
): OperationCounts {
  const parts = stepParts(plan, method, batch, settings);
  const operations = sumOperations(parts.map((part) => part.operations));
  const total = (each: (part: Part) => number | undefined) => parts.reduce((sum, part) => sum + (each(part) ?? 0), 0);
  const products = total((part) => part.products);
  const sum = (ending: string) =>
    OPERATION_KINDS.reduce((total, kind) => kind.endsWith(ending) ? total + operations[kind] : total, 0);
  return {
    macs: total(({ macs }) => macs) / batch,
    adds: sum("-add") / batch - products / batch,
    multiplies: sum("-multiply") / batch - products / batch,
    divisions: sum("-divide") / batch,
    squareRoots: sum("-square-root") / batch,
  };
}
