/**
 * Convolutions without bias, in every phase (kernels/fp32/conv_reference.c).
 *
 * @module
 */

import { convElements, type ConvPlan } from "../../plan/plan.ts";
import { convMacs } from "../operations.ts";
import type { Part } from "../parts.ts";
import { executedMacs } from "../taps.ts";
import { floats } from "./kinds.ts";
import { updateParameters } from "./update.ts";

/** @param first whether it reads the pixels, whose error nobody wants */
export function convParts(conv: ConvPlan, count: number, first = false): Part[] {
  const pass = (phase: Part["phase"], passes: number): Part => {
    const times = passes * count;
    return {
      layer: conv.name,
      phase,
      operations: floats(times * executedMacs(conv), { multiplies: 1, adds: 1 }),
      macs: times * convMacs(conv),
    };
  };
  return [
    pass("forward", 1),
    pass("inference", 1),
    pass("backward", first ? 1 : 2),
    updateParameters(conv.name, convElements(conv).weights),
  ];
}
