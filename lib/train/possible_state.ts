/**
 * Whether a run can stand where a checkpoint says that it does: a file that was
 * made up or mended by hand must not go on to results that no run has.
 *
 * @module
 */

import { budget, type RunConfig, stepsOf } from "./config.ts";
import type { TrainingState } from "./state.ts";

/** What of a state no run of a configuration comes to, as `state.step: ...`; undefined where one does. */
export function stateDefect(config: RunConfig, state: TrainingState): string | undefined {
  const { trainImages, batch } = config;
  const { images, step, seconds, epochCorrect, epochLossSum, history } = state;
  const total = budget(config), ended = images === total;
  if (images > total) return `state.images: ${images} are more than the ${total} of the run`;
  const epochs = ended ? Math.ceil(images / trainImages) : Math.floor(images / trainImages);
  const inEpoch = ended ? 0 : images - epochs * trainImages;
  if (inEpoch % batch !== 0) return `state.images: no step ends at ${images}`;
  const steps = stepsOf({ epochs: null, images, trainImages, batch });
  if (step !== steps) return `state.step: ${images} images are ${steps} steps, not ${step}`;
  // Throughputs are images by seconds.
  if (images > 0 ? !Number.isFinite(images / seconds) : seconds > 0) {
    return `state.seconds: ${images} images took ${seconds} seconds`;
  }
  if (epochCorrect > inEpoch) return `state.epochCorrect: ${epochCorrect} of ${inEpoch} images`;
  if (inEpoch === 0 && epochLossSum !== 0) return `state.epochLossSum: ${epochLossSum} of no image`;
  if (history.length !== epochs) return `state.history: ${history.length} epochs, not ${epochs}`;
  const wrong = history.findIndex(({ epoch }, i) => epoch !== i + 1);
  return wrong < 0 ? undefined : `state.history.${wrong}.epoch: must be ${wrong + 1}`;
}
