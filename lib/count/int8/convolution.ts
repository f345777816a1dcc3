/**
 * The passes of an int8 convolution (kernels/int8/conv_reference.c), for a
 * batch of `count` images.
 *
 * @module
 */

import { MAX_INT32_PRODUCTS, needsWideGradients } from "../../exec/int8/room.ts";
import { convElements, type ConvPlan, outputSize } from "../../plan/plan.ts";
import { convMacs } from "../operations.ts";
import type { Part } from "../parts.ts";
import { executedMacs } from "../taps.ts";
import { type Each, elements, SCALE } from "./rounding.ts";

const PRODUCT: Each = { "int8-multiply": 1, "int32-add": 1 };
/** Smallest and largest sum. */
const EXTREMES: Each = { "compare": 2 };

function pass(conv: ConvPlan, phase: Part["phase"], count: number): Part {
  return {
    layer: conv.name,
    phase,
    operations: elements(count * executedMacs(conv), PRODUCT),
    macs: count * convMacs(conv),
  };
}

function ofLayer({ name: layer }: ConvPlan, phase: Part["phase"], operations: Each): Part {
  return { layer, phase, operations };
}

/** Sums of a batch with their extremes; a bias is aligned once an output channel and is where a sum starts. */
export function forwardParts(conv: ConvPlan, phase: Part["phase"], count: number, bias: boolean): Part[] {
  return [
    pass(conv, phase, count),
    ofLayer(conv, phase, elements(count * convElements(conv).output, EXTREMES)),
    ...bias ? [ofLayer(conv, phase, elements(conv.outputs, SCALE))] : [],
  ];
}

/** The error of what it reads, int32. */
export function dataParts(conv: ConvPlan, count: number): Part[] {
  return [
    pass(conv, "backward", count),
    ofLayer(conv, "backward", elements(count * convElements(conv).input, EXTREMES)),
  ];
}

/** The gradient of the weights: images in chunks whose sums fit int32, which are added up. */
export function gradientParts(conv: ConvPlan, count: number): Part[] {
  const { height, width } = outputSize(conv);
  const chunks = Math.ceil(count / Math.floor(MAX_INT32_PRODUCTS / (height * width)));
  const kind = needsWideGradients(conv, count) ? "int64-add" : "int32-add";
  return [
    pass(conv, "backward", count),
    ofLayer(conv, "backward", { [kind]: (chunks - 1) * convElements(conv).weights }),
  ];
}
