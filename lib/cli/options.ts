/**
 * Every option of every command, once: how it is written, what it takes, how
 * it is checked and what the help says.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { LEARN_OPTIONS } from "./options/learn.ts";
import { MEASURE_OPTIONS } from "./options/measure.ts";
import { OUTPUT_OPTIONS, REPORT_OPTIONS } from "./options/output.ts";
import { RUN_OPTIONS } from "./options/run.ts";

/** Options with a value, by their flag without dashes. */
export const VALUE_OPTIONS = {
  ...RUN_OPTIONS,
  ...LEARN_OPTIONS,
  ...OUTPUT_OPTIONS,
  ...MEASURE_OPTIONS,
  ...REPORT_OPTIONS,
} as const;

/** Options that are there or not. */
export const FLAGS = {
  csv: "print comma-separated values instead of the table",
  json: "print JSON to stdout instead of the table",
  force: "compare what was measured on another machine or in another configuration too",
  wide: "print every row and column of the table, not the totals alone",
  strict: "let inconclusive values, and those that noise hides, keep the comparison from passing: exit code 3",
  schema: "print the JSON schema of a --config file instead: its keys, what they mean and what they can be",
  quiet: "show no progress",
  peers: "measure the libraries that are installed beside eoq, in turn with it, and name those that are missing",
  program:
    "print the calls of a training step of one method instead: kernels, tensors and what changes from step to step",
  resume: "go on from the checkpoints in the --out folder; where there is none, start",
  averaged: "take the averaged weights of the run, of --average-from, in place of the last ones",
  overwrite: "replace what an earlier run left where this one writes",
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
  & { readonly [K in Exclude<ValueName, WithFallback | FlagName>]?: Parsed<K> }
  & { readonly [K in Exclude<FlagName, ValueName>]: boolean }
  // One command's value is another's flag.
  & { readonly [K in ValueName & FlagName]?: Parsed<K> | boolean };

/** The value of an option that can take several, for a command that cannot. */
export function only<T>(flag: string, [first, ...others]: readonly T[]): T {
  if (first === undefined || others.length > 0) throw new UserError(`${flag}: one value is what this command takes`);
  return first;
}

/** @throws {UserError} naming the first flag among the arguments that `what` has no use for. */
export function refuseUnused(what: string, unused: readonly string[], args: readonly string[]): void {
  const found = unused.find((flag) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`)));
  if (found !== undefined) throw new UserError(`${found}: ${what} has no use for it`);
}
