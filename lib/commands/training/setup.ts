/**
 * What training and evaluation need before they start, checked from the
 * cheapest to the dearest so that bad input costs no waiting.
 *
 * @module
 */

import { type Dataset, firstImages, lastImages } from "../../data/dataset.ts";
import { loadDataset } from "../../data/datasets.ts";
import { isOfPath, messageOf, RunError, UserError } from "../../errors.ts";
import type { Network } from "../../exec/network.ts";
import type { Group } from "../../native/group.ts";
import type { Library } from "../../native/library.ts";
import type { InputShape } from "../../plan/builder.ts";
import { buildPlan } from "../../plan/models.ts";
import type { Plan } from "../../plan/plan.ts";
import { firstTrained, type Trained } from "../../plan/trained.ts";
import { formatCount, shapeText } from "../../terminal/format.ts";
import { stderrTerminal } from "../../terminal/terminal.ts";
import { WorkProgress } from "../../terminal/progress.ts";
import { MOST_SAMPLES } from "../../train/average.ts";
import { budget, type RunConfig, stepsOf } from "../../train/config.ts";
import { networkOf } from "../../train/restore.ts";
import type { ChosenConfig } from "./choose_config.ts";
import { warn } from "../../cli/warn.ts";
import { hasRanks } from "./ranks.ts";
import { openShown } from "../../cli/open_library.ts";
import { only, type Values } from "../../cli/options.ts";

/** A run's configuration but for its method. */
export type SharedConfig = Omit<RunConfig, "method">;

/** What runs share. */
export interface Setup extends Disposable {
  readonly config: SharedConfig;
  /** Cut to the images that the configuration names; its test split is what runs are measured on. */
  readonly dataset: Dataset;
  readonly plan: Plan;
  readonly library: Library;
}

/** The absolute form of a folder that the user named: a checkpoint outlives the working directory. */
export async function absolute(folder: string): Promise<string> {
  try {
    return await Deno.realPath(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new UserError(`--data: ${folder}: no such folder`);
    throw isOfPath(error) ? new UserError(`--data: ${folder}: ${messageOf(error)}`) : error;
  }
}

/** The plan of a model for images of a shape. @throws {UserError} naming the layer that they are too small for. */
export function makePlan(model: string, shape: InputShape): Plan {
  try {
    return buildPlan(model, shape);
  } catch (error) {
    throw error instanceof RangeError ? new UserError(messageOf(error)) : error;
  }
}

/** @throws {UserError} where a plan has fewer layers than are to be trained. */
export function requireTrained(plan: Plan, train: Trained | undefined): void {
  try {
    if (train !== undefined) firstTrained(plan, train);
  } catch (error) {
    throw error instanceof RangeError ? new UserError(`--train: ${messageOf(error)}`) : error;
  }
}

/** Loads a run's dataset; a terminal shows what takes long. */
async function loadShown(
  { dataset, data, imageSize }: Pick<RunConfig, "dataset" | "data" | "imageSize">,
  inFiles = false,
) {
  const terminal = stderrTerminal();
  const progress = terminal && new WorkProgress(terminal, "decoding images", formatCount);
  const onDecoded = progress && ((done: number, total: number) => progress.update(done, total));
  try {
    return await loadDataset(dataset, data ?? undefined, {
      imageSize: imageSize ?? undefined,
      inFiles,
      onDecoded,
      onLeftOut: warn,
    });
  } finally {
    progress?.clear();
  }
}

/** Which images of a dataset a run uses; no limit is all that there are. */
interface Selection {
  readonly train: number | undefined;
  readonly test: number | undefined;
  /** Training images held out, of which the accuracies are then. */
  readonly validation: number;
}

/** The images that a run trains on, and as its test split those that it is measured on. */
function select(whole: Dataset, { train, test, validation }: Selection): Dataset {
  if (validation === 0) {
    return { ...whole, train: firstImages(whole.train, train), test: firstImages(whole.test, test) };
  }
  const kept = firstImages(whole.train, whole.train.count - validation);
  return { ...whole, train: firstImages(kept, train), test: lastImages(whole.train, validation) };
}

/**
 * The chosen configuration with the images that there are, and the images.
 *
 * @param inFiles See {@linkcode LoadOptions.inFiles}.
 * @throws {UserError} naming what is wrong.
 */
export async function loadChosen(
  chosen: ChosenConfig,
  inFiles = false,
): Promise<Pick<Setup, "config" | "dataset">> {
  const { methods: _methods, seeds: _seeds, trainLimit, testLimit, classes, ...rest } = chosen;
  const { validationImages: validation } = rest;
  const data = rest.data === null ? null : await absolute(rest.data);
  const whole = await loadShown({ ...rest, data }, inFiles);
  if (validation >= whole.train.count) {
    throw new UserError(`--validation: ${validation} is not below the ${whole.train.count} training images`);
  }
  const dataset = select(whole, { train: trainLimit, test: testLimit, validation });
  const { crop } = rest.augmentation;
  if (crop > Math.min(whole.height, whole.width)) {
    throw new UserError(`--crop: ${crop} is more than the ${whole.height}x${whole.width} pixels of an image`);
  }
  const images = { trainImages: dataset.train.count, testImages: validation > 0 ? 0 : dataset.test.count };
  if (classes !== undefined && classes < whole.classes) {
    throw new UserError(`--classes: ${classes} is below the ${whole.classes} of the data`);
  }
  const config = { ...rest, data, ...images, ...(classes !== undefined && classes > whole.classes && { classes }) };
  const steps = stepsOf(config);
  if (config.warmup >= steps) {
    throw new UserError(`--warmup: ${config.warmup} is not below the ${steps} steps of the run`);
  }
  requireFewSamples(config, steps);
  return { config, dataset };
}

/** @throws {UserError} when sums of weights could pass their 32 bits. */
function requireFewSamples({ average, trainImages, ...rest }: SharedConfig, steps: number): void {
  if (average === null) return;
  const most = 1 + (average.every === null ? budget({ ...rest, trainImages }) / trainImages : steps / average.every);
  if (most > MOST_SAMPLES) {
    throw new UserError(
      `--average-every: ${Math.floor(most)} samples are more than ${MOST_SAMPLES}, which a sum holds`,
    );
  }
}

/** Sets up new runs. */
export async function setupFromChosen(chosen: ChosenConfig, values: Values): Promise<Setup> {
  // A rank needs a part of the images, another one in each epoch: it reads those that it needs.
  const { config, dataset } = await loadChosen(chosen, hasRanks(values));
  return await open(config, dataset, values);
}

/**
 * Sets up what a checkpoint's run used.
 *
 * @throws {UserError} when the data has fewer images than the run.
 */
export async function setupFromConfig(config: RunConfig, values: Values): Promise<Setup> {
  const whole = await loadShown({ ...config, data: values.data ?? config.data });
  const { trainImages, testImages, validationImages: validation } = config;
  if (whole.test.count < testImages) {
    throw new UserError(`the checkpoint's run was tested on ${testImages} images, the data has ${whole.test.count}`);
  }
  if (validation > 0 && whole.train.count < trainImages + validation) {
    throw new UserError(
      `the checkpoint's run held out ${validation} of at least ${trainImages + validation} training images, ` +
        `the data has ${whole.train.count}`,
    );
  }
  return await open(config, select(whole, { train: trainImages, test: testImages, validation }), values);
}

async function open(config: SharedConfig, dataset: Dataset, { isa, threads, quiet }: Values): Promise<Setup> {
  const plan = makePlan(config.model, { ...dataset, classes: config.classes ?? dataset.classes });
  requireTrained(plan, config.train);
  const library = await openShown({ isa, threads: threads && only("--threads", threads) }, quiet);
  const close = () => {
    library.close();
    dataset.close?.();
  };
  return { config, dataset, plan, library, [Symbol.dispose]: close };
}

/** An initialised network of a run, or of the part that one process of a group has. @throws {RunError} when memory is short. */
export function makeNetwork(
  { library, plan }: Pick<Setup, "library" | "plan">,
  config: RunConfig,
  group?: Group,
): Network {
  const { batch } = config;
  return networkOf(config, { library, plan, batch, ...group && { part: group.largestPart(batch) } });
}

/** An error of a run; where the kernels refuse its images for their size, one that says what made them so. */
export function explained(
  error: unknown,
  { plan, config }: { readonly plan: Plan; readonly config: Pick<RunConfig, "model" | "imageSize"> },
): unknown {
  const [, what] = error instanceof RunError
    ? /^kernel: (?:call \d+, \w+: )?(?:shape|h, w): (.*)/.exec(error.message) ?? []
    : [];
  if (what === undefined) return error;
  const cure = config.imageSize === null ? "" : "; give a smaller --image-size";
  return new UserError(`${config.model} on images of ${shapeText(plan)}: ${what}${cure}`);
}
