/** A run's configuration for tests. */

import { EOQ_RECIPE } from "../../lib/exec/recipe.ts";
import type { RunConfig } from "../../lib/train/config.ts";
import { DEFAULT_SCHEDULE } from "../../lib/train/schedule.ts";

export const sampleConfig: RunConfig = {
  method: "eoq",
  model: "resnet-8",
  dataset: "mnist",
  data: null,
  imageSize: null,
  trainImages: 19,
  testImages: 7,
  validationImages: 0,
  batch: 8,
  epochs: 2,
  images: null,
  seed: 5,
  schedule: DEFAULT_SCHEDULE,
  warmup: 0,
  learningRate: 1,
  weightDecay: null,
  augmentation: { crop: 0, padding: 0, flip: false, mixup: false },
  smoothing: 0,
  average: null,
  input: "half",
  recipe: EOQ_RECIPE,
};
