/**
 * What fixes the result of a run: two runs with one configuration end in the
 * same weights, whatever the machine, path or threads.
 *
 * @module
 */

import { z } from "zod";
import type { Augmentation, ImageAugmentation } from "../data/augment.ts";
import { type DatasetName, DATASETS, traitsOf } from "../data/datasets.ts";
import { type Method, METHODS } from "../exec/methods.ts";
import { MOST_TIMES_RATE } from "../exec/network.ts";
import { EOQ_RECIPE, type EoqRecipe, INPUT_ENCODINGS, type InputEncoding, inputOffset } from "../exec/recipe.ts";
import { MODELS } from "../plan/models.ts";
import { type Trained, TRAINED_WORDS } from "../plan/trained.ts";
import { type Averaging, averagingSchema } from "./average.ts";
import { recipeKeysSchema, recipeSchema } from "./recipe_schema.ts";
import { LONGEST_WARMUP, type Schedule, scheduleSchema } from "./schedule.ts";

const positive = z.int().positive();
/** Bounds of label smoothing: below the one it would be rounded to none, above the other little is left to learn. */
export const LEAST_SMOOTHING = 1 / 512, MOST_SMOOTHING = 0.9;

/** Whether label smoothing is none, or some in steps of 1/256. */
export function isSmoothing(value: number): boolean {
  return value === 0 || value >= LEAST_SMOOTHING;
}

/** Most classes of a network: labels are 16 bits. */
export const MOST_CLASSES = 32_768;

const RECIPE = "widths and policies of the method eoq; others take no notice";
const VARIED = "how training images are varied";

/** What fixes the result of a run. */
export interface RunConfig {
  /** What trains the network. */
  readonly method: Method;
  /** Name of a network in MODELS. */
  readonly model: string;
  /** The images. */
  readonly dataset: DatasetName;
  /** Absolute folder of the data files; null when they come from a package. */
  readonly data: string | null;
  /** Pixels, each way, that the images of a folder get; null where the dataset has a size. */
  readonly imageSize: number | null;
  /** Images that training uses, counted from the first. */
  readonly trainImages: number;
  /** Images that the test uses, counted from the first; 0 where validation images are measured instead. */
  readonly testImages: number;
  /** The last so many training images are held out, and accuracies are of them. */
  readonly validationImages: number;
  /** Images per training step. */
  readonly batch: number;
  /** Passes over the training images; null when `images` is the budget. */
  readonly epochs: number | null;
  /** Images trained on, over all epochs; null when `epochs` is the budget. */
  readonly images: number | null;
  /** Fixes initial weights, rounding, order and variation of images. */
  readonly seed: number;
  /** How the learning rate falls. */
  readonly schedule: Schedule;
  /** Steps over which the learning rate rises first; 0 for none. */
  readonly warmup: number;
  /** Factor on the method's own learning rate. */
  readonly learningRate: number;
  /** L2 penalty on weights; null for the method's own. */
  readonly weightDecay: number | null;
  /** Whether momentum is Nesterov's; absent where it is heavy ball's. */
  readonly nesterov?: boolean | undefined;
  /** How training images are varied. */
  readonly augmentation: Augmentation;
  /** How much of each label is spread over all classes in training; rounded to 1/256. */
  readonly smoothing: number;
  /** When weights are sampled for their average; null for none. */
  readonly average: Averaging | null;
  /** How bytes become numbers. */
  readonly input: InputEncoding;
  /** Widths and policies of the method eoq; others take no notice. */
  readonly recipe: EoqRecipe;
  /** Which layers learn, the others being frozen; absent where all do. */
  readonly train?: Trained | undefined;
  /** SHA-256 of the weights that the run starts from, in hex; absent where they are new. */
  readonly from?: string | undefined;
  /** Classes that the classifier tells apart, more than the data has; absent where it has as many. */
  readonly classes?: number | undefined;
}

// A template of literals would have no message that says what it takes.
/** Schema of {@linkcode Trained}. */
export const trainedSchema = z.string().regex(
  TRAINED_WORDS,
  "must be all, classifier or last:N",
) as unknown as z.ZodType<
  Trained
>;

const augmentationSchema = z.strictObject({
  crop: z.int().min(0).max(64).describe(
    "pixels around an image out of which a window of its size is cut; 0 for none",
  ),
  // Checkpoints and reports of earlier versions, which padded with black, have no such key.
  padding: z.int().min(0).max(255).default(0).describe(
    "byte of the pixels around an image; zero to the network where 0 is (input half) or 128 (centered)",
  ),
  flip: z.boolean().describe("mirrors every second image, by chance"),
  // Checkpoints and reports of earlier versions have no such key.
  mixup: z.boolean().default(false).describe(
    "trains on means of two images and of their targets, with one uniform weight a batch; the training accuracy " +
      "is that of the heavier image's class",
  ),
});

/** Schema of {@linkcode RunConfig}. Keys with a default are not in checkpoints and reports of earlier versions. */
export const runConfigSchema = z.strictObject({
  method: z.enum(METHODS).describe("what trains the network"),
  model: z.enum([...MODELS.keys()]).describe("the network"),
  dataset: z.enum(DATASETS).describe("the images"),
  data: z.string().nullable().describe("absolute folder of the data files; null when they come from a package"),
  imageSize: positive.min(4).max(1024).nullable().describe(
    "pixels, each way, that the images of a folder get; null where the dataset has a size",
  ),
  trainImages: positive.describe("images that training uses, counted from the first"),
  testImages: z.int().nonnegative().describe(
    "images that the test uses, counted from the first; 0 where validation images are measured instead",
  ),
  validationImages: z.int().nonnegative().default(0).describe(
    "the last so many training images are held out of training, and accuracies are of them; 0 for those of the test",
  ),
  batch: positive.max(1024).describe("images per training step"),
  epochs: positive.max(10_000).nullable().describe("passes over the training images; null when `images` is the budget"),
  images: positive.nullable().describe("images trained on, over all epochs; null when `epochs` is the budget"),
  seed: z.int().nonnegative().max(2 ** 32 - 1).describe(
    "fixes initial weights, rounding, order and variation of images",
  ),
  schedule: scheduleSchema.describe("how the learning rate falls"),
  warmup: z.int().nonnegative().max(LONGEST_WARMUP).default(0).describe(
    "steps over which the learning rate rises first, linearly, whatever the schedule; 0 for none",
  ),
  learningRate: z.number().min(0.001).max(MOST_TIMES_RATE).describe("factor on the method's own learning rate"),
  weightDecay: z.number().min(0).max(1).nullable().describe("L2 penalty on weights; null for the method's own"),
  nesterov: z.boolean().optional().describe(
    "whether momentum is Nesterov's, in every method: a step takes the gradient once more; no where absent",
  ),
  augmentation: augmentationSchema.describe(VARIED),
  smoothing: z.number().min(0).max(MOST_SMOOTHING).refine(isSmoothing, {
    message: `must be 0 or at least ${LEAST_SMOOTHING}`,
  }).default(0).describe(
    "how much of each label is spread over all classes in training, in steps of 1/256; the loss of the test has none",
  ),
  average: averagingSchema.nullable().default(null).describe(
    "when weights are sampled for their average, which is measured beside the last ones; null for none",
  ),
  input: z.enum(INPUT_ENCODINGS).describe("how bytes become numbers: half is byte / 2, centered byte - 128"),
  recipe: recipeSchema.describe(RECIPE),
  train: trainedSchema.optional().describe(
    "layers that learn: all, classifier, or last:N, the last N that have weights, a residual block being one; the " +
      "others are frozen; all where absent",
  ),
  from: z.string().regex(/^[0-9a-f]{64}$/).optional().describe(
    "SHA-256 of the weights that the run starts from, those of a checkpoint; new weights where absent",
  ),
  classes: z.int().min(2).max(MOST_CLASSES).optional().describe(
    "classes that the classifier tells apart; as many as the data has where absent",
  ),
}) satisfies z.ZodType<RunConfig>;

/** Schema of several seeds. */
export const seedsSchema = z.array(runConfigSchema.shape.seed).min(1);

/**
 * Schema of a configuration file: any of the keys of a run, and several methods
 * where one is asked for. What a report keeps as its `config` is one.
 */
export const configFileSchema = z.strictObject({
  ...runConfigSchema.shape,
  method: z.union([runConfigSchema.shape.method, z.array(runConfigSchema.shape.method).min(1)], {
    error: `expected one of ${METHODS.join(", ")}, or a list of them`,
  }).describe("what trains the network; several methods for a comparison"),
  seeds: seedsSchema.describe("seeds of a comparison that trains every method with each"),
  augmentation: augmentationSchema.partial()
    // Where a file leaves it out, the input decides.
    .extend({ padding: augmentationSchema.shape.padding.unwrap().optional() })
    .describe(VARIED),
  recipe: recipeKeysSchema.describe(RECIPE),
}).partial();

/** What a configuration file can hold. */
export type ConfigFile = z.infer<typeof configFileSchema>;

/** Images that a run trains on, over all its epochs. */
export function budget({ epochs, images, trainImages }: Pick<RunConfig, "epochs" | "images" | "trainImages">): number {
  return images ?? epochs! * trainImages;
}

/** Training steps of a run: the last of an epoch takes what is left. */
export function stepsOf(config: Pick<RunConfig, "epochs" | "images" | "trainImages" | "batch">): number {
  const { trainImages, batch } = config, images = budget(config);
  const inEpoch = (count: number) => Math.ceil(count / batch);
  return Math.floor(images / trainImages) * inEpoch(trainImages) + inEpoch(images % trainImages);
}

/** Photographs are centred: EOQ learns them faster so (ResNet-20, 4 epochs: 63.9 %, 48.0 % halved); digits are black on the whole. */
export function defaultInput(dataset: DatasetName): InputEncoding {
  return traitsOf(dataset).photographs ? "centered" : "half";
}

/** A recipe for a dataset: photographs get the weight decay of the fp32 baselines, as a power of two: 2^-11 is 4.9e-4. */
export function defaultRecipe(dataset: DatasetName, recipe = EOQ_RECIPE): EoqRecipe {
  return { ...recipe, weightDecayShift: traitsOf(dataset).photographs ? 11 : recipe.weightDecayShift };
}

/**
 * Crops for CIFAR, and flips for photographs, as in He et al. (arXiv 1512.03385, section 4.2).
 * Crops are padded with what is zero to the network, as a convolution pads.
 */
export function defaultAugmentation(dataset: DatasetName, input: InputEncoding): ImageAugmentation {
  return {
    crop: traitsOf(dataset).crop,
    padding: inputOffset(input),
    flip: traitsOf(dataset).photographs,
  };
}
