/**
 * What training and evaluation need before they start, checked from the
 * cheapest to the dearest so that bad input costs no waiting.
 *
 * @module
 */

import { type Dataset, firstImages } from "../data/dataset.ts";
import { loadDataset } from "../data/datasets.ts";
import { messageOf, UserError } from "../errors.ts";
import type { Method } from "../exec/methods.ts";
import { type Library, openLibrary } from "../native/library.ts";
import { buildPlan } from "../plan/models.ts";
import type { Plan } from "../plan/plan.ts";
import type { RunConfig } from "../train/config.ts";
import { only, type Values } from "./options.ts";

/** A run's configuration but for its method. */
export type SharedConfig = Omit<RunConfig, "method">;

/** What runs share. */
export interface Setup extends Disposable {
  readonly config: SharedConfig;
  /** Cut to the images that the configuration names. */
  readonly dataset: Dataset;
  readonly plan: Plan;
  readonly library: Library;
}

/** The absolute form of a folder that the user named: a checkpoint outlives the working directory. */
async function absolute(folder: string): Promise<string> {
  try {
    return await Deno.realPath(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new UserError(`--data: ${folder}: no such folder`);
    throw error;
  }
}

function makePlan(model: string, dataset: Dataset): Plan {
  try {
    return buildPlan(model, dataset);
  } catch (error) {
    throw error instanceof RangeError ? new UserError(messageOf(error)) : error;
  }
}

/** Sets up new runs from the command line. */
export async function setupFromValues(values: Values): Promise<Setup> {
  const data = values.data === undefined ? null : await absolute(values.data);
  const whole = await loadDataset(values.dataset, data ?? undefined);
  const train = firstImages(whole.train, values["train-limit"]);
  const test = firstImages(whole.test, values["test-limit"]);
  const config: SharedConfig = {
    model: values.model,
    dataset: values.dataset,
    data,
    trainImages: train.count,
    testImages: test.count,
    batch: only("--batch", values.batch),
    epochs: values.epochs,
    seed: values.seed,
  };
  return await open(config, { ...whole, train, test }, values);
}

/**
 * Sets up what a checkpoint's run used.
 *
 * @throws {UserError} when the data has fewer images than the run.
 */
export async function setupFromConfig(config: RunConfig, values: Values): Promise<Setup> {
  const data = values.data ?? config.data;
  const whole = await loadDataset(config.dataset, data ?? undefined);
  const train = firstImages(whole.train, config.trainImages);
  const test = firstImages(whole.test, config.testImages);
  if (test.count < config.testImages) {
    throw new UserError(`the checkpoint's run was tested on ${config.testImages} images, the data has ${test.count}`);
  }
  return await open(config, { ...whole, train, test }, values);
}

async function open(config: SharedConfig, dataset: Dataset, { isa, threads }: Values): Promise<Setup> {
  const plan = makePlan(config.model, dataset);
  const library = await openLibrary({ isa, threads: threads && only("--threads", threads) });
  return { config, dataset, plan, library, [Symbol.dispose]: () => library.close() };
}

/** Fills `{method}`, `{model}`, `{dataset}` and `{seed}` into the output folder's name. */
export function outFolder(values: Values): string {
  const words: Readonly<Record<string, string>> = {
    method: values.method.join("-"),
    model: values.model,
    dataset: values.dataset,
    seed: String(values.seed),
  };
  return values.out.replaceAll(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole);
}

/** File that keeps a method's run in the output folder. */
export function checkpointPath(folder: string, method: Method): string {
  return `${folder}/${method}.checkpoint`;
}
