/**
 * Where the scalars of int8 networks live: in one int16 tensor, all biases,
 * those of the classifier among them, then Fixup's multipliers.
 *
 * @module
 */

import type { Plan } from "../../plan/plan.ts";
import { type FixupLayout, fixupLayout } from "../fixup.ts";

/** The scalars of a network without norm. */
export function scalarLayout(plan: Plan): FixupLayout {
  return fixupLayout(plan, plan.classes);
}

/** Where batch norm takes the place of Fixup's scalars: the biases of the classifier alone. */
export function classifierLayout(plan: Plan): FixupLayout {
  return { convs: new Map(), blocks: new Map(), pool: -1, classifier: 0, biases: plan.classes, scales: 0 };
}
