/**
 * What the two fp32 methods count differently.
 *
 * @module
 */

import type { ConvPlan } from "../../plan/plan.ts";
import type { Part } from "../parts.ts";

/** A convolution with a ReLU, and where it stands. */
export interface UnitPlan {
  readonly conv: ConvPlan;
  /** Whether a shortcut is added in front of its ReLU. */
  readonly residual: boolean;
  /** Whether it stands within a branch, in front of the branch's last. */
  readonly inner: boolean;
  /** Whether its error comes in two tensors, as an identity behind it leaves it. */
  readonly skip: boolean;
}

/** A batch, and what runs it. */
export interface Images {
  readonly count: number;
  /** Groups that inference takes them in, each with all parameters. */
  readonly groups: number;
  /** Path whose overhead is counted; the scalar one has that of its sums alone. */
  readonly isa: string;
  /** Whether the gradients of weights are centred. */
  readonly centred: boolean;
}

/** What stands between convolutions. */
export interface Norm {
  /** Behind the convolution of a unit, in every phase. */
  unit(unit: UnitPlan, images: Images): Part[];
  /** Behind that of a projection. */
  projection(conv: ConvPlan, images: Images): Part[];
  /** Of the network as a whole. */
  readonly shared: readonly Part[];
}
