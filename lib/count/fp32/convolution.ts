/**
 * Convolutions without bias, in every phase (kernels/fp32/conv_reference.c).
 *
 * No count has what the vector paths do beside that, since it differs from path
 * to path: lanes behind a layer's last channel, products with zeros where a
 * window is too wide to leave its padding out, and sums over shares of the
 * images that are added up (kernels/conv_run.h, kernels/weights_run.h).
 *
 * @module
 */

import { convElements, type ConvPlan } from "../../plan/plan.ts";
import { convMacs } from "../operations.ts";
import type { Move, Part } from "../parts.ts";
import { executedMacs } from "../taps.ts";
import { floats, moved } from "./kinds.ts";
import type { Images } from "./unit.ts";
import { updateParameters } from "./update.ts";

/** @param first whether it reads the pixels, whose error nobody wants */
export function convParts(conv: ConvPlan, { count, groups }: Images, first = false): Part[] {
  const { weights, ...each } = convElements(conv), input = count * each.input, output = count * each.output;
  const pass = (phase: Part["phase"], ...moves: Move[]): Part => ({
    layer: conv.name,
    phase,
    operations: floats(count * executedMacs(conv), { multiplies: 1, adds: 1 }),
    macs: count * convMacs(conv),
    moves,
  });
  const activations = moved("activations", input, output);
  const data = [moved("weights", weights), moved("errors", output, input)];
  return [
    pass("forward", moved("weights", weights), activations),
    pass("inference", moved("weights", groups * weights), activations),
    pass("backward", moved("activations", input), moved("errors", output), moved("gradients", 0, weights)),
    ...first ? [] : [pass("backward", ...data)],
    updateParameters(conv.name, weights),
  ];
}
