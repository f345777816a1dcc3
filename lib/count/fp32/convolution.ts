/**
 * Convolutions without bias, in every phase (kernels/fp32/conv_reference.c).
 *
 * The overhead of a vector path is that of ../simd.ts. Not counted is what the
 * gradient of weights has of it: lanes behind the last channel, and sums over
 * shares of the images that are added up (kernels/conv/weights_run.inc).
 *
 * @module
 */

import { PATHS } from "../../native/paths.ts";
import { convElements, type ConvPlan } from "../../plan/plan.ts";
import type { Move, Part } from "../parts.ts";
import { simdProducts } from "../simd.ts";
import { convMacs, executedMacs } from "../taps.ts";
import { floats, moved } from "./kinds.ts";
import type { Images } from "./unit.ts";
import { updateWeights } from "./update.ts";

/** @param first whether it reads the pixels, whose error nobody wants */
export function convParts(conv: ConvPlan, { count, groups, isa, centred }: Images, first = false): Part[] {
  const { weights, ...each } = convElements(conv), input = count * each.input, output = count * each.output;
  const simd = PATHS[isa]?.fp32;
  const more = simd === undefined ? { forward: 0, data: 0 } : simdProducts(conv, simd, count);
  const products = (times: number) => floats(times, { multiplies: 1, adds: 1 });
  const pass = (phase: Part["phase"], beside: number, ...moves: Move[]): Part => ({
    layer: conv.name,
    phase,
    operations: products(count * executedMacs(conv)),
    overhead: products(beside),
    macs: count * convMacs(conv),
    moves,
  });
  const activations = moved("activations", input, output);
  const data = [moved("weights", weights), moved("errors", output, input)];
  return [
    pass("forward", more.forward, moved("weights", weights), activations),
    pass("inference", more.forward, moved("weights", groups * weights), activations),
    pass("backward", 0, moved("activations", input), moved("errors", output), moved("gradients", 0, weights)),
    ...first ? [] : [pass("backward", more.data, ...data)],
    updateWeights(conv.name, weights, conv.outputs, centred),
  ];
}
