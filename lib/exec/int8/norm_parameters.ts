/**
 * What the batch norm behind a convolution learns and keeps.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import { Tensor } from "../../native/tensor.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import type { StateTensor } from "../state.ts";
import { NORM_EXPONENT } from "./number.ts";

/** Steps of the running statistics. */
const RUNNING_EXPONENT = -20;

/** Gammas and betas (2, c): int8 in steps of 2^-6 with 24 bits stored, as weights are. */
export class NormParameters {
  readonly channels: number;
  readonly norm: Tensor;
  readonly fraction: Tensor;
  readonly momentum: Tensor;
  /** Means and standard deviations (2, c) of inference. */
  readonly running: Tensor;
  /** The number that keys this tensor's random bits. */
  readonly stream: number;
  readonly entries: readonly StateTensor[];

  constructor(library: Kernels, { name, outputs }: ConvPlan, stream: number) {
    const count = 2 * outputs;
    this.channels = outputs;
    this.stream = stream;
    this.norm = new Tensor(library, "int8", count);
    this.norm.write(new Int8Array(count).fill(2 ** -NORM_EXPONENT, 0, outputs));
    this.norm.exponent = NORM_EXPONENT;
    this.fraction = new Tensor(library, "int16", count);
    this.momentum = new Tensor(library, "int32", count);
    this.running = new Tensor(library, "int32", count);
    this.running.write(new Int32Array(count).fill(2 ** -RUNNING_EXPONENT, outputs));
    this.running.exponent = RUNNING_EXPONENT;
    const entry = (suffix: string, tensor: Tensor, weights: boolean): StateTensor => ({
      name: `${name}.norm${suffix}`,
      tensor,
      shape: [2, outputs],
      weights,
    });
    this.entries = [
      entry("", this.norm, true),
      entry(".fraction", this.fraction, true),
      entry(".running", this.running, true),
      entry(".momentum", this.momentum, false),
    ];
  }
}
