/**
 * What of trained weights fits the images and classes of a run that starts from
 * them.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { convolutions, type ConvPlan } from "../../plan/plan.ts";
import { shapeText } from "../../terminal/format.ts";
import type { Setup } from "./setup.ts";
import type { Start } from "./start.ts";

/** What a run takes of the weights that it starts from. */
export interface Adoption {
  readonly start: Start;
  /** Whether the classifier, too; else it is made anew. */
  readonly keepsClassifier: boolean;
}

/** The shape of a convolution's weights in a checkpoint. */
function shapeIn({ checkpoint: { entries } }: Start, { name }: ConvPlan): readonly number[] | undefined {
  return entries.find((entry) => entry.name === `${name}.weights`)?.shape;
}

/**
 * Whether the classes of the data are those of the checkpoint's run: by their names where both sides have some, else
 * where the dataset is the same.
 */
function hasSameClasses({ checkpoint: { config, data } }: Start, setup: Pick<Setup, "config" | "dataset">): boolean {
  const { classNames } = setup.dataset;
  if (data?.classes !== undefined && classNames !== undefined) {
    return JSON.stringify(data.classes) === JSON.stringify(classNames);
  }
  return config.dataset === setup.config.dataset && (config.dataset !== "folder" || config.data === setup.config.data);
}

/**
 * What fits of the weights. A classifier is kept where it has as many inputs and outputs and the classes are the same.
 *
 * @throws {UserError} naming the layer that images of this size do not fit.
 */
export function adoptionOf(
  start: Start,
  { plan, dataset, config }: Pick<Setup, "plan" | "dataset" | "config">,
): Adoption {
  for (const conv of convolutions(plan)) {
    const inputs = shapeIn(start, conv)?.at(-1);
    if (conv === plan.classifier || inputs === undefined || inputs === conv.inputs) continue;
    throw new UserError(
      `--from: ${start.path}: ${conv.name} has weights for ${inputs} inputs, images of ${shapeText(plan)} give it ` +
        `${conv.inputs}`,
    );
  }
  const { outputs, kernel, inputs } = plan.classifier;
  const fits = shapeIn(start, plan.classifier)?.join() === [outputs, kernel, kernel, inputs].join();
  return { start, keepsClassifier: fits && hasSameClasses(start, { config, dataset }) };
}
