/**
 * The training runs of all files, whichever command made them.
 *
 * @module
 */

import type { Environment, Report, Result } from "../report/run.ts";
import type { RunConfig } from "../train/config.ts";
import type { Source } from "../report/read.ts";

/** A training run with where it comes from. */
export interface Run {
  readonly file: string;
  readonly watts: number | undefined;
  /** The experiment that it is a cell of; empty where it stands for itself. */
  readonly experiment: string;
  readonly config: RunConfig;
  readonly result: Result;
  readonly environment: Environment;
}

function runsOfReport(
  { file, watts }: Source,
  experiment: string,
  { config, results, environment }: Report,
): Run[] {
  const { seeds: _, ...shared } = config;
  return results.map((result) => ({
    file,
    watts,
    experiment,
    config: { ...shared, method: result.method, seed: result.seed },
    result,
    environment,
  }));
}

/** All training runs, in the order of the files. */
export function runsOf(sources: readonly Source[]): Run[] {
  return sources.flatMap((source) => {
    if (source.kind === "runs") return runsOfReport(source, "", source.document);
    if (source.kind !== "paper") return [];
    return source.document.cells.flatMap(({ result }) =>
      result !== null && "results" in result ? runsOfReport(source, source.document.experiment, result) : []
    );
  });
}

/** Puts things into groups by a key, in the order of their first. */
export function groupBy<T>(values: readonly T[], key: (value: T) => string): T[][] {
  return [...Map.groupBy(values, key).values()];
}

/** Runs that may be set against each other: one network, the same images, the same budget, the same question. */
export interface Task {
  /** What they train, in words. */
  readonly title: string;
  readonly runs: readonly Run[];
}

function taskTitle({ experiment, config }: Run): string {
  const { model, dataset, epochs, images, trainImages, validationImages } = config;
  const count = (value: number) => value.toLocaleString("en-US");
  const budget = epochs === null
    ? `${count(images!)} images of ${count(trainImages)}`
    : `${epochs} x ${count(trainImages)} images`;
  const held = validationImages > 0 ? `, ${count(validationImages)} held out` : "";
  return `${model} on ${dataset}, ${budget}${held}${experiment && ` (paper ${experiment})`}`;
}

/** Groups runs by what they train. */
export function tasksOf(runs: readonly Run[]): Task[] {
  const key = ({ experiment, config }: Run) => {
    const { model, dataset, imageSize, trainImages, testImages, validationImages, epochs, images } = config;
    const measured = [testImages, validationImages];
    return JSON.stringify([experiment, model, dataset, imageSize, trainImages, measured, epochs, images]);
  };
  return groupBy(runs, key).map((group) => ({ title: taskTitle(group[0]!), runs: group }));
}
