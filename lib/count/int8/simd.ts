/**
 * What the SIMD kernels of int8 convolutions do beside the reference.
 *
 * @module
 */

import type { ConvPlan } from "../../plan/plan.ts";
import type { Operations } from "../kinds.ts";
import { type SimdPath, simdProducts } from "../simd.ts";

const PATHS: Readonly<Record<string, SimdPath>> = {
  "avx2": { lanes: 8, group: 2, offset: false },
  "avxvnni": { lanes: 8, group: 4, offset: true },
  "avx512vnni-256": { lanes: 8, group: 4, offset: true },
  "avx512vnni": { lanes: 16, group: 4, offset: true },
};

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
  const { forward, data } = simdProducts(conv, path, count);
  const products = (more: number) => ({ "int8-multiply": more, "int32-add": more });
  return { forward: products(forward), data: products(data) };
}
