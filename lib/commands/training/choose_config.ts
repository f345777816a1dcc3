/**
 * What a command line and its `--config` file ask for: an option counts before
 * the file, the file before the fallbacks.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { type Method, TRAITS } from "../../exec/methods.ts";
import { RECIPES } from "../../exec/recipe.ts";
import { shortDigest } from "../../package/sha256.ts";
import { checkJson, describeIssue, readFlagJson } from "../../json.ts";
import type { Averaging } from "../../train/average.ts";
import {
  type ConfigFile,
  configFileSchema,
  defaultAugmentation,
  defaultInput,
  defaultRecipe,
  type RunConfig,
} from "../../train/config.ts";
import { recipeSchema } from "../../train/recipe_schema.ts";
import { DEFAULT_SCHEDULE, type Schedule } from "../../train/schedule.ts";
import type { Invocation } from "../../cli/command.ts";
import { only, type ValueName, type Values } from "../../cli/options.ts";
import { refuseContradictions, type Start } from "./start.ts";

/** What runs are asked to be: a configuration but for what the data decides. */
export interface ChosenConfig extends Omit<RunConfig, "method" | "trainImages" | "testImages"> {
  readonly methods: readonly Method[];
  /** Seeds to train each method with, the first of them `seed`. */
  readonly seeds: readonly number[];
  /** Images of each split to use at most. */
  readonly trainLimit: number | undefined;
  readonly testLimit: number | undefined;
}

/**
 * @param start trained weights to start from: method, model, input and recipe are theirs, and the data where none is
 * named
 * @throws {UserError} naming the option or key that is at fault.
 */
export async function chooseConfig(
  invocation: Pick<Invocation, "values" | "given">,
  start?: Start,
): Promise<ChosenConfig> {
  const { values, given } = invocation;
  const file: ConfigFile = values.config === undefined ? {} : await readConfigFile(values.config);
  const choose = <K extends ValueName, T>(option: K, key: T | undefined) =>
    given.has(option) ? values[option] : key ?? values[option];
  const its = start?.checkpoint.config;
  const namesData = given.has("dataset") || file.dataset !== undefined, itsData = namesData ? undefined : its;
  const dataset = choose("dataset", file.dataset ?? its?.dataset);
  const input = its?.input ?? choose("input", file.input) ?? defaultInput(dataset);
  const own = defaultAugmentation(dataset, input);
  const methods = its === undefined ? [choose("method", file.method)].flat() : [its.method];
  refuseIdleRecipe(given, methods);
  const validationImages = choose("validation", file.validationImages);
  if (validationImages > 0 && given.has("test-limit")) {
    throw new UserError("--test-limit: a run with validation images uses none of the test");
  }
  if (start !== undefined) refuseContradictions(start, invocation, file);
  else if (file.from !== undefined) {
    const weights = shortDigest(file.from);
    throw new UserError(
      `--config: ${values.config}: its run starts from the weights ${weights}: eoq train --from names them`,
    );
  }
  const seeds = chooseSeeds(values, given, file);
  const train = choose("train", file.train), classes = choose("classes", file.classes);
  const nesterov = choose("nesterov", file.nesterov);
  return {
    methods,
    model: its?.model ?? choose("model", file.model),
    dataset,
    data: choose("data", file.data ?? itsData?.data) ?? null,
    imageSize: choose("image-size", file.imageSize ?? (dataset === "folder" ? its?.imageSize : undefined)) ?? null,
    trainLimit: choose("train-limit", file.trainImages),
    // A run that was measured on validation images used 0 of the test; one that is tested then uses all.
    testLimit: choose("test-limit", file.testImages) || undefined,
    validationImages,
    batch: only("--batch", [choose("batch", file.batch)].flat()),
    ...chooseBudget(values, given, file),
    seed: seeds[0]!,
    seeds,
    schedule: chooseSchedule(values, file.schedule),
    warmup: choose("warmup", file.warmup),
    learningRate: choose("learning-rate", file.learningRate),
    weightDecay: choose("weight-decay", file.weightDecay) ?? null,
    augmentation: {
      crop: choose("crop", file.augmentation?.crop) ?? own.crop,
      padding: file.augmentation?.padding ?? own.padding,
      flip: choose("flip", file.augmentation?.flip) ?? own.flip,
      mixup: choose("mixup", file.augmentation?.mixup),
    },
    smoothing: choose("smoothing", file.smoothing),
    average: chooseAverage(values, file.average),
    input,
    recipe: its?.recipe ?? recipeSchema.parse({
      ...defaultRecipe(dataset, RECIPES[values.recipe]),
      ...(given.has("recipe") ? {} : file.recipe),
      ...values.set,
      ...(values.weights !== undefined && { weightBits: values.weights }),
    }),
    // Absent where nothing is asked for, so that configurations are what earlier versions had.
    ...(nesterov && { nesterov }),
    ...(train !== undefined && train !== "all" && { train }),
    ...(start !== undefined && { from: start.weightsSha256 }),
    ...(classes !== undefined && { classes }),
  };
}

/** The recipe is that of eoq; the other methods take what their papers say. @throws {UserError} naming the option. */
export function refuseIdleRecipe(given: ReadonlySet<ValueName>, methods: readonly Method[]): void {
  if (methods.some((method) => TRAITS[method].takesRecipe)) return;
  const idle = (["recipe", "set", "weights"] as const).find((option) => given.has(option));
  if (idle !== undefined) throw new UserError(`--${idle}: ${methods.join(", ")} has no use for eoq's recipe`);
}

function chooseSeeds(values: Values, given: ReadonlySet<ValueName>, file: ConfigFile): readonly number[] {
  if (given.has("seed") && given.has("seeds")) throw new UserError("--seed and --seeds: give one of them");
  if (values.seeds !== undefined) return values.seeds;
  return given.has("seed") ? [values.seed] : file.seeds ?? [file.seed ?? values.seed];
}

/** Epochs or images, the other null. */
function chooseBudget(values: Values, given: ReadonlySet<ValueName>, file: ConfigFile) {
  const { epochs, images } = given.has("epochs") || given.has("images")
    ? { epochs: given.has("epochs") ? values.epochs : null, images: values.images }
    : file;
  if (epochs != null && images != null) throw new UserError("epochs and images both set the budget: give one of them");
  if (images != null) return { epochs: null, images };
  return { epochs: epochs ?? values.epochs, images: null };
}

function chooseSchedule(values: Values, file: Schedule | undefined): Schedule {
  const { schedule: kind, "decay-at": at, "decay-by": divisor } = values;
  const base: Schedule = kind === undefined || kind === file?.kind
    ? file ?? DEFAULT_SCHEDULE
    : kind === "cosine"
    ? { kind }
    : DEFAULT_SCHEDULE;
  if (base.kind === "step") return { ...base, ...(at && { at }), ...(divisor !== undefined && { divisor }) };
  if (at === undefined && divisor === undefined) return base;
  throw new UserError("--decay-at and --decay-by belong to --schedule step, not to cosine");
}

function chooseAverage(values: Values, file: Averaging | null | undefined): Averaging | null {
  const from = values["average-from"] ?? file?.from, every = values["average-every"];
  if (from !== undefined) return { from, every: every ?? file?.every ?? null };
  if (every === undefined) return null;
  throw new UserError("--average-every needs --average-from, which says from when on weights are averaged");
}

const { augmentation, recipe } = configFileSchema.shape;

const KNOWN_KEYS = {
  "": Object.keys(configFileSchema.shape),
  augmentation: Object.keys(augmentation.unwrap().shape),
  recipe: Object.keys(recipe.unwrap().shape),
};

/**
 * Reads a configuration, or the one that a report keeps under `config`.
 *
 * @throws {UserError} naming the file, the key that is at fault, and what is valid.
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const json = await readFlagJson("--config", path);
  const config = checkJson(configFileSchema, isReport(json) ? json.config : json, (issue) => {
    const what = describeIssue(issue, KNOWN_KEYS, "see eoq config --schema");
    return new UserError(`--config: ${path}: ${what}`);
  });
  return isReport(json) ? asReported(config) : config;
}

/** Reports of earlier versions have no padding: theirs was black. */
function asReported(config: ConfigFile): ConfigFile {
  return config.augmentation === undefined
    ? config
    : { ...config, augmentation: { padding: 0, ...config.augmentation } };
}

function isReport(json: unknown): json is { config: unknown } {
  return typeof json === "object" && json !== null && "config" in json && "results" in json;
}
