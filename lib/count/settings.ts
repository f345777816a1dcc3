/**
 * What of a run changes its counts, beside plan, method and batch.
 *
 * @module
 */

import type { EoqRecipe, InputEncoding } from "../exec/recipe.ts";
import type { Trained } from "../plan/trained.ts";

/** Settings of a count; each method takes notice of those that it has. */
export interface CountSettings {
  /** What of the EOQ recipe differs from its defaults; other methods take no notice. */
  readonly recipe?: Partial<EoqRecipe> | undefined;
  /** How bytes become numbers; `half` if absent. */
  readonly input?: InputEncoding | undefined;
  /** Whether labels are smoothed. */
  readonly smoothed?: boolean | undefined;
  /** Whether momentum is Nesterov's. */
  readonly nesterov?: boolean | undefined;
  /** Whether fp32 methods centre the gradients of weights; the method's own if absent. */
  readonly centredGradients?: boolean | undefined;
  /** Whether bn-fp32 learns with its running statistics. */
  readonly runningStatistics?: boolean | undefined;
  /** Which layers a training step updates; all if absent. */
  readonly train?: Trained | undefined;
  /** Path of the kernels whose overhead is counted beside the reference; none if absent. */
  readonly isa?: string | undefined;
}
