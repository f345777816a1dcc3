/**
 * What the SIMD kernels of int8 convolutions do beside the reference.
 *
 * @module
 */

import { PATHS } from "../../native/paths.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import type { Operations } from "../kinds.ts";
import { simdProducts } from "../simd.ts";

/**
 * Overhead of a batch of `count` images forward and backward to data.
 *
 * @param isa name of a path; the scalar one has no overhead
 */
export function simdOverhead(conv: ConvPlan, isa: string, count: number): Record<
  "forward" | "data",
  Partial<Operations>
> {
  const path = PATHS[isa];
  if (path === undefined) return { forward: {}, data: {} };
  const { forward, data } = simdProducts(conv, path.int8, count);
  const products = (more: number) => ({ "int8-multiply": more, "int32-add": more });
  return { forward: products(forward), data: products(data) };
}
