/**
 * Operations of a training image, from the plan and the method: forward,
 * backward, and the image's share of what happens once a batch.
 *
 * Each count follows the reference kernels term by term; a multiply-accumulate
 * of a convolution counts as one MAC and as nothing else. Comparisons, shifts,
 * exponentials, random bits and copies are not among the kinds below.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import { convElements, convolutions, type ConvPlan, outputSize, type Plan } from "../plan/plan.ts";
import { batchNormTerms } from "./batch_norm.ts";
import { eoqTerms } from "./eoq.ts";
import { fixupTerms } from "./fixup.ts";
import { wageubnTerms } from "./wageubn.ts";

const TERMS: Readonly<Record<Method, (plan: Plan, batch: number) => Term[]>> = {
  "eoq": eoqTerms,
  "wageubn": wageubnTerms,
  "fixup-fp32": fixupTerms,
  "bn-fp32": batchNormTerms,
};

/** Operations by kind. */
export interface OperationCounts {
  /** Multiply-accumulates of convolutions and the classifier. */
  readonly macs: number;
  /** Additions and subtractions. */
  readonly adds: number;
  /** Multiplications outside of MACs. */
  readonly multiplies: number;
  /** Divisions. */
  readonly divisions: number;
  /** Square roots. */
  readonly squareRoots: number;
}

/** So many elements, each costing these operations. */
export interface Term {
  readonly elements: number;
  readonly adds?: number;
  readonly multiplies?: number;
  readonly divisions?: number;
  readonly squareRoots?: number;
}

/**
 * Multiply-accumulates of one image forward, with a zero-padding tap counted
 * like any other, as published figures do.
 */
export function forwardMacs(plan: Plan): number {
  return convolutions(plan).reduce((sum, conv) => sum + convMacs(conv), 0);
}

/** Multiply-accumulates of one pass of one image over a convolution, padding taps counted. */
export function convMacs(conv: ConvPlan): number {
  const { height, width } = outputSize(conv);
  return height * width * convElements(conv).weights;
}

/**
 * Operations a training image costs at the given batch size. Forward and both
 * backward passes multiply alike, except that the first layer has no error to pass on.
 */
export function operationsPerImage(plan: Plan, method: Method, batch: number): OperationCounts {
  const terms = TERMS[method](plan, batch);
  const sum = (kind: "adds" | "multiplies" | "divisions" | "squareRoots") =>
    terms.reduce((total, term) => total + term.elements * (term[kind] ?? 0), 0);
  return {
    macs: 3 * forwardMacs(plan) - convMacs(convolutions(plan)[0]!),
    adds: sum("adds"),
    multiplies: sum("multiplies"),
    divisions: sum("divisions"),
    squareRoots: sum("squareRoots"),
  };
}
