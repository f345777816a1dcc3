/**
 * What an int8 network sees of its layers. They run when a step's program is
 * recorded: what they call, a program repeats.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { ErrorRole } from "./training_room.ts";

/** The ReLU behind which a tensor lies. */
export interface ReluAbove {
  /** Which values passed it. */
  readonly mask: Tensor;
  /** The bias before it whose gradient is the sum of the masked error, or -1. */
  readonly bias: number;
}

/** What a layer reads: the images, or the layer before it. */
export interface Source {
  /** int8. */
  readonly output: Tensor;
}

/** What a layer of training reads. */
export interface TrainingSource extends Source {
  /** Absent where there is none that an error goes back to: at the images, and behind a layer that is frozen. */
  readonly relu: ReluAbove | undefined;
}

/** A layer for batches of up to the size of its room. */
export interface Layer extends Source {
  /** Sets the output for the first `count` images of its source. */
  forward(count: number): void;
}

/**
 * A layer that can go back. An error is that of a source's output already
 * masked by the source's ReLU, whose bias' gradient is stored by whoever masks
 * it.
 */
export interface TrainingLayer extends Layer, TrainingSource {
  readonly relu: ReluAbove;
  /**
   * Turns the error of the output into that of the source, whose role it is
   * told, and updates the layer's weights on the way. The first layer that is
   * trained has no error to pass on.
   */
  backward(count: number, error: Tensor, role: ErrorRole): Tensor | undefined;
}
