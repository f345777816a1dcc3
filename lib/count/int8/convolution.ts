/**
 * The passes of an int8 convolution (kernels/int8/conv_reference.c), for a
 * batch of `count` images.
 *
 * @module
 */

import { MAX_INT32_PRODUCTS } from "../../exec/int8/number.ts";
import { needsWideGradients } from "../../exec/int8/training_room.ts";
import { convElements, type ConvPlan, outputSize } from "../../plan/plan.ts";
import type { Move, Part } from "../parts.ts";
import { convMacs, executedMacs } from "../taps.ts";
import { reads, SUM, WIDE_SUM, writes } from "./moves.ts";
import { type Each, elements, SCALE } from "./rounding.ts";

const PRODUCT: Each = { "int8-multiply": 1, "int32-add": 1 };
/** Smallest and largest sum. */
const EXTREMES: Each = { "compare": 2 };

function pass(conv: ConvPlan, phase: Part["phase"], count: number, moves: Move[]): Part {
  return {
    moves,
    layer: conv.name,
    phase,
    operations: elements(count * executedMacs(conv), PRODUCT),
    macs: count * convMacs(conv),
  };
}

function ofLayer({ name: layer }: ConvPlan, phase: Part["phase"], operations: Each): Part {
  return { layer, phase, operations };
}

/**
 * Sums of a batch with their extremes, which move where they go from here; a
 * bias is aligned once an output channel and is where a sum starts.
 */
export function forwardParts(conv: ConvPlan, phase: Part["phase"], count: number, bias: boolean): Part[] {
  const { input, output, weights } = convElements(conv);
  return [
    pass(conv, phase, count, [reads("weights", weights), reads("activations", count * input)]),
    ofLayer(conv, phase, elements(count * output, EXTREMES)),
    ...bias ? [ofLayer(conv, phase, elements(conv.outputs, SCALE))] : [],
  ];
}

/** The error of what it reads, in sums that move where they go from here. */
export function dataParts(conv: ConvPlan, count: number): Part[] {
  const { input, output, weights } = convElements(conv);
  return [
    pass(conv, "backward", count, [reads("weights", weights), reads("errors", count * output)]),
    ofLayer(conv, "backward", elements(count * input, EXTREMES)),
  ];
}

/** The gradient of the weights: images in chunks whose sums fit int32, which are added up. */
export function gradientParts(conv: ConvPlan, count: number): Part[] {
  const { height, width } = outputSize(conv);
  const chunks = Math.ceil(count / Math.floor(MAX_INT32_PRODUCTS / (height * width)));
  const { input, output, weights } = convElements(conv), wide = needsWideGradients(conv, count);
  return [
    pass(conv, "backward", count, [
      reads("activations", count * input),
      reads("errors", count * output),
      writes("gradients", (wide ? WIDE_SUM : SUM) * weights),
    ]),
    ofLayer(conv, "backward", { [wide ? "int64-add" : "int32-add"]: (chunks - 1) * weights }),
  ];
}
