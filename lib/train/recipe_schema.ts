/**
 * The keys of the EOQ recipe as a configuration can set them.
 *
 * @module
 */

import { z } from "zod";
import { EOQ_RECIPE, type EoqRecipe, WEIGHT_BITS } from "../exec/recipe.ts";

/** Schema of {@linkcode EoqRecipe}. */
export const recipeSchema = z.strictObject({
  weightBits: z.literal(WEIGHT_BITS).describe(
    `bits in which weights are stored, of which a step computes with the top 8; default ${EOQ_RECIPE.weightBits}`,
  ),
}) satisfies z.ZodType<EoqRecipe>;
