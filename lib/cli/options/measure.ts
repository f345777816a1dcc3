/**
 * Options of measurements and experiments: on what machine, of what size, for how long.
 *
 * @module
 */

import { COST_MODELS } from "../../count/cost_model.ts";
import { INTERCONNECTS } from "../../count/interconnect.ts";
import { MICROCONTROLLERS } from "../../count/microcontroller.ts";
import { GROUPINGS, SELECTIONS } from "../../count/work.ts";
import { MOST_NOISE } from "../../data/noise.ts";
import { PATIENCE } from "../../native/group.ts";
import { PATHS } from "../../native/paths.ts";
import { SCALES } from "../../report/scale.ts";
import type { ValueOption } from "./option.ts";
import { decimal, decimals, image, integer, integers, list, percentage, ranks, text, word } from "./parsers.ts";

const cores = [...MICROCONTROLLERS.keys()];
const costs = [...COST_MODELS.keys()];
const networks = [...INTERCONNECTS.keys()];

/** By their flag without dashes. */
export const MEASURE_OPTIONS = {
  threads: {
    placeholder: "N",
    help: "threads a kernel uses (default: $EOQ_THREADS, else all cores)",
    parse: integers(1, 256),
  },
  isa: {
    placeholder: "NAME",
    help: "instruction-set path (default: $EOQ_ISA, else the best; see eoq doctor)",
    values: ["scalar", ...Object.keys(PATHS)],
    parse: text,
  },
  ranks: {
    placeholder: "NAME",
    help: "whether processes share every batch: mpi, none (default: mpi where mpirun started several)",
    parse: ranks,
  },
  network: {
    placeholder: "NAME|FILE",
    help:
      `latency and bandwidth between ranks (${networks.join(", ")}, or list), or a JSON file of them; several with ` +
      "commas or repeated",
    fallback: networks.join(","),
    list: true,
    parse: list,
  },
  compute: {
    placeholder: "FILE|N|measured",
    help: "what a step takes on one rank: a report of eoq bench step, images/s at every batch, or measured now",
    fallback: "measured",
    parse: text,
  },
  "ranks-wait": {
    placeholder: "SECONDS",
    help: "how long a rank waits for the others before it ends the run",
    fallback: String(PATIENCE),
    parse: integer(1, 604_800),
  },
  image: {
    placeholder: "HxWxC",
    help: "rows, columns and channels of the images (default: those that the network was made for)",
    parse: image,
  },
  top: {
    placeholder: "N",
    help: "most likely classes to name of each image",
    fallback: "3",
    parse: integer(1, 32_768),
  },
  "on-error": {
    placeholder: "stop|skip",
    help: "what to do about an image that cannot be read: stop there, or tell it in a line and go on",
    fallback: "stop",
    ...word("policy", ["stop", "skip"] as const),
  },
  steps: {
    placeholder: "N",
    help: "training steps before the one that is written",
    fallback: "10",
    parse: integer(0, 1_000_000),
  },
  phase: {
    placeholder: "NAME",
    help: `what is counted: ${SELECTIONS.join(", ")} (forward, backward and update together)`,
    fallback: "step",
    ...word("phase", SELECTIONS),
  },
  by: {
    placeholder: "NAME",
    help: `how totals are broken up: ${GROUPINGS.join(", ")}`,
    fallback: "kind",
    ...word("grouping", GROUPINGS),
  },
  cost: {
    placeholder: "NAME|FILE",
    help: `models that turn counts into energy, area and time, or list: ${
      costs.join(", ")
    }; several with commas or repeated`,
    fallback: costs.join(","),
    parse: list,
  },
  machine: {
    placeholder: "NAME|FILE|measured",
    help: `microcontrollers (${cores.join(", ")}, or list): time and energy there, estimated; or the peaks and ` +
      "bandwidth of a machine, a JSON file of them or of eoq bench peak, or measured now: what bounds each layer; " +
      "several with commas or repeated",
    list: true,
    parse: list,
  },
  noise: {
    placeholder: "SIGMA,SIGMA",
    help: "test with Gaussian noise on the images too, of these standard deviations in steps of a byte (1/255)",
    parse: decimals(0, MOST_NOISE),
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
    ...word("scale", SCALES),
  },
  jobs: {
    placeholder: "N",
    help: "cells that train at once, each on one thread unless --threads says otherwise",
    fallback: "1",
    parse: integer(1, 256),
  },
  seconds: {
    placeholder: "N",
    help:
      "seconds to sample each subject for (default: peak 1, kernels 0.2, step 2, scale 6); five samples are the least",
    parse: decimal(0, 600),
  },
  precision: {
    placeholder: "PERCENT",
    help: "sample no longer once the 95 % interval of every median is within so many percent of it, as 1%",
    parse: percentage(0.01, 50),
  },
  save: {
    placeholder: "NAME|FILE",
    help: "write the JSON to this file too, or to baselines/NAME.json, again after each measurement",
    parse: text,
  },
  against: {
    placeholder: "NAME|FILE",
    help: "hold the result against what --save wrote then; the exit code says what came out",
    parse: text,
  },
  beside: {
    placeholder: "FOLDER",
    help: "take turns with another checkout of eoq, and hold the steps against its; the exit code says what came out",
    parse: text,
  },
  "max-regression": {
    placeholder: "PERCENT",
    help: "how much worse a timing may be than its baseline",
    fallback: "5%",
    parse: percentage(0, 99),
  },
  "min-accuracy": {
    placeholder: "PERCENT",
    help: "the least test accuracy that each run must have, as 98%",
    parse: percentage(0, 100),
  },
} as const satisfies Record<string, ValueOption<unknown>>;
