/**
 * The convolutions that eoq bench times: those of a network, and the cases
 * beside them that kernels treat on their own.
 *
 * @module
 */

import { convMacs } from "../count/taps.ts";
import { convolutions, type ConvPlan, outputSize, type Plan } from "../plan/plan.ts";

/** The passes over a convolution. */
export const CONV_PHASES = ["forward", "backward-data", "backward-weights"] as const;

/** One pass over a convolution. */
export type ConvPhase = typeof CONV_PHASES[number];

/** Whether something is done by a convolution. */
export function isConvPhase(phase: string): phase is ConvPhase {
  return (CONV_PHASES as readonly string[]).includes(phase);
}

/** A convolution to time. */
export interface BenchShape {
  /** With the batch in it, one way or the other. */
  readonly name: string;
  readonly conv: ConvPlan;
  readonly phases: readonly ConvPhase[];
}

/** `16@32x32`: channels at an image size; inputs-outputs, `/stride` and `kernel` follow where they are not equal, 1 and 3x3. */
export function shapeName({ height, width, inputs, outputs, kernel, stride }: ConvPlan): string {
  const channels = inputs === outputs ? `${inputs}` : `${inputs}-${outputs}`;
  const step = stride === 1 ? "" : `/${stride}`;
  return `${channels}@${height}x${width}${step}${kernel === 3 ? "" : ` ${kernel}x${kernel}`}`;
}

function sameShape(a: ConvPlan, b: ConvPlan): boolean {
  return shapeName(a) === shapeName(b) && a.padding === b.padding;
}

/** Each shape once, in the order of the first. */
function distinct(convs: readonly ConvPlan[]): ConvPlan[] {
  return convs.filter((conv, i) => convs.findIndex((each) => sameShape(each, conv)) === i);
}

function square(size: number, inputs: number, outputs: number, kernel: number, stride: number): ConvPlan {
  const padding = (kernel - 1) / 2;
  return { name: "", height: size, width: size, inputs, outputs, kernel, stride, padding };
}

/** The convolutions that a CIFAR residual network spends its time in. */
export const KEY_CONVOLUTIONS: readonly ConvPlan[] = [
  square(32, 16, 16, 3, 1),
  square(16, 32, 32, 3, 1),
  square(8, 64, 64, 3, 1),
];

/** Timed whatever the network: beside the key ones a shrinking one, 1x1, and first layers of grey and colour images. */
const ALWAYS: readonly ConvPlan[] = [
  ...KEY_CONVOLUTIONS,
  square(32, 16, 32, 3, 2),
  square(16, 64, 64, 1, 1),
  square(28, 1, 16, 3, 1),
  square(32, 3, 16, 3, 1),
];

/** Channels of grey and colour images: what has so few is a first layer, and nobody asks for its error. */
const IMAGE_CHANNELS = 3;

/** All convolutions of a plan and the cases of {@linkcode ALWAYS}, each once. */
export function convolutionShapes(plan: Plan, batch: number): BenchShape[] {
  return distinct([...convolutions(plan), ...ALWAYS]).map((conv) => ({
    name: `${shapeName(conv)} batch ${batch}`,
    conv,
    phases: CONV_PHASES.filter((phase) => phase !== "backward-data" || conv.inputs > IMAGE_CHANNELS),
  }));
}

/** The matrix product that a convolution is, as a 1x1 convolution over its output's pixels. */
export function productOf(conv: ConvPlan): ConvPlan {
  const inputs = conv.kernel * conv.kernel * conv.inputs;
  return { ...conv, ...outputSize(conv), inputs, kernel: 1, stride: 1, padding: 0 };
}

/** `GEMM 131072x16x144`: rows, columns and depth of a batch's product. */
function gemmName({ height, width, inputs, outputs }: ConvPlan, batch: number): string {
  return `GEMM ${batch * height * width}x${outputs}x${inputs}`;
}

/** The matrix products of a plan's convolutions, each once; only forward, since the others are products alike. */
export function gemmShapes(plan: Plan, batch: number): BenchShape[] {
  return distinct(convolutions(plan).map(productOf)).map((conv) => ({
    name: gemmName(conv, batch),
    conv,
    phases: ["forward"],
  }));
}

/** Multiply-adds of one pass over a batch, padding taps among them. */
export function batchMacs(conv: ConvPlan, batch: number): number {
  return batch * convMacs(conv);
}
