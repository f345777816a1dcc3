/**
 * The commands that measure and explain: what the help and the parser know of them.
 *
 * @module
 */

import { BENCHMARKS } from "../../report/benchmarks.ts";
import { DATASETS } from "../../data/datasets.ts";
import { budgets, EXPERIMENTS } from "../../report/scale.ts";
import { MODELS } from "../../plan/models.ts";
import { METHODS } from "../../exec/methods.ts";
import type { Command } from "../../cli/command.ts";
import { FORWARDED } from "../../cli/forwarded.ts";
import { MACHINE } from "./machine.ts";

/** Options of a benchmark that is held against another. */
const GATE = ["save", "against", "max-regression", "force"] as const;

/** What `eoq ops` can print. */
export const OPS_FORMATS = ["table", "json", "csv"] as const;

/** In the order of the help. */
export const MEASURE_COMMANDS: readonly Command[] = [
  {
    name: "summary",
    summary: "print the layers, shapes, costs and memory of a network",
    operands: [{ placeholder: "MODEL", values: [...MODELS.keys()] }],
    options: ["image", "classes", "batch", "json", "help"],
    aliases: { image: "input" },
    description:
      "Weights and multiply-accumulates of each layer for one image forward, padding taps counted; a training step " +
      "multiplies three times as much, but for the first layer, whose input has no error. Biases and norms are the " +
      "method's and are in the bytes below, which are those that a run of each method holds.",
    list: { title: "Models", rows: [...MODELS].map(([name, { about }]) => [name, about] as const) },
    examples: ["eoq summary resnet-20", "eoq summary resnet-50 --batch 1", "eoq summary lenet --image 32x32x3 --json"],
    load: () => import("../summary.ts"),
  },
  {
    name: "ops",
    summary: "count the operations, bytes and energy of a network, method by method",
    operands: [{ placeholder: "MODEL", values: [...MODELS.keys()], optional: true }],
    options: [
      ...["method", "phase", "by", "image", "classes", "batch", "cost", "machine"] as const,
      ...[...MACHINE, "seconds", "format", "json", "help"] as const,
    ],
    aliases: { image: "input" },
    fallbacks: { method: METHODS.join(","), batch: "1", threads: "1" },
    helps: {
      method: "the methods that are counted, with commas or repeated",
      batch: "images of a step",
      threads: "threads that --machine measured takes together",
      isa: "instruction-set path that --machine measured takes (default: $EOQ_ISA, else the best)",
      format: `what is printed: ${OPS_FORMATS.join(", ")}`,
      seconds: "seconds for which --machine measured samples each rate (default: 1)",
    },
    description:
      "Operations by kind and width, of a batch: those that the scalar kernels execute, to the last one, which a test " +
      "holds against a library that counts them; bytes by class of tensor, each layer reading its operands and writing " +
      "its results once; the largest memory live at once. The width of a multiplication is that of its operands, of " +
      "anything else that of its result. Cost models turn counts into energy, area and latency; the last columns say " +
      "how many times as much bn-fp32 takes. --cost list prints the models, what their numbers are from and what is " +
      "assumed; a file of your own has the same keys.",
    examples: [
      "eoq ops resnet-20",
      "eoq ops resnet-50 --phase inference --method eoq,bn-fp32 --by layer",
      "eoq ops resnet-20 --batch 128 --cost my_chip.json --format csv",
      "eoq ops resnet-20 --batch 128 --machine measured --by layer",
      "eoq ops --cost list",
    ],
    load: () => import("../ops.ts"),
  },
  {
    name: "bench",
    summary: "time the kernels and the training step against the machine's peak and other libraries",
    operands: [{ placeholder: BENCHMARKS.join("|"), values: BENCHMARKS }],
    options: [
      "model",
      "method",
      "batch",
      ...MACHINE,
      "seconds",
      "precision",
      "peers",
      ...GATE,
      "format",
      "json",
      "help",
    ],
    fallbacks: { model: "resnet-20", method: "eoq,bn-fp32", batch: "1,128", threads: "1" },
    helps: {
      method: "the methods whose steps are timed, with commas",
      batch: "images a call or step; several with commas",
      threads: "threads a kernel uses; several with commas; peers get the first",
      isa: "instruction-set path; several with commas, or all (default: $EOQ_ISA, else the best; see eoq doctor)",
    },
    description:
      "peak: multiply-adds a second between registers alone, int8 and fp32. kernels: the three passes over each " +
      "convolution of the network, with requantised int8 output, and its matrix products. step: training and " +
      "inference on random 32x32 images, where the time of a training step goes, and its memory. Subjects take turns, " +
      "with the peak among them; ratios are medians over neighbouring samples, intervals hold the true value with 95 % confidence. Multiply-adds are nominal: padding " +
      "counts, so a kernel that skips it can pass 100 %. Peers keep their weights in the layout they like best. " +
      "--against ends with the exit codes of eoq diff.",
    examples: [
      "eoq bench peak --isa all",
      "eoq bench kernels --peers",
      "eoq bench step --batch 1,8,128 --peers --save step.json",
      "eoq bench kernels --save before",
      "eoq bench kernels --against before --max-regression 10%",
    ],
    load: () => import("../bench.ts"),
  },
  {
    name: "diff",
    summary: "hold a report against an earlier one: what is better or worse beyond doubt",
    operands: [{ placeholder: "BASELINE" }, { placeholder: "FILE" }],
    options: ["max-regression", "min-accuracy", "force", "format", "json", "help"],
    description:
      "Takes what bench --save, compare, train and paper wrote: a file, or the NAME of a --save. Timings are judged by " +
      "the interval of their ratio: twice the 95 % error, and what the machine's own peak changed. Worse or better is beyond " +
      "--max-regression for certain, same is within it, and the rest is inconclusive. Accuracies by seed, weights " +
      "hashes and counts of the same configuration must be the very same. Values that other CPUs, paths, thread counts " +
      "or configurations came to are left out and named, unless --force says otherwise.",
    list: {
      title: "Exit codes",
      rows: [
        ["0", "nothing is worse"],
        ["1", "a timing or a memory is worse"],
        ["2", "the input is at fault"],
        ["3", "nothing could be compared"],
        ["4", "a result is wrong: an accuracy, a hash or a count changed, or --min-accuracy is not reached"],
      ],
    },
    examples: [
      "eoq diff before after --max-regression 3%",
      "eoq diff old/results.json results/results.json --min-accuracy 98%",
      "eoq diff before after --format junit > report.xml",
    ],
    load: () => import("../diff.ts"),
  },
  {
    name: "paper",
    summary: "repeat an experiment of the paper and set its numbers beside the published ones",
    operands: [{ placeholder: EXPERIMENTS.join("|"), values: EXPERIMENTS }],
    options: [
      ...["scale", "dataset", "data", "model", "epochs", "images", "train-limit", "test-limit", "seeds"] as const,
      ...["method", ...FORWARDED, "jobs", "seconds", ...MACHINE, "out", "json", "quiet", "help"] as const,
    ],
    fallbacks: { dataset: null, model: null, epochs: null, method: null, out: "paper/{experiment}-{scale}" },
    helps: {
      dataset: `the images: ${DATASETS.join(", ")} (default: cifar10, for online mnist)`,
      input: "how bytes become numbers; this and the options of training below go to every cell",
      model: "the network, instead of the scale's",
      epochs: "passes over the training images, instead of the scale's",
      "train-limit": "train on the first N images only, instead of the scale's",
      method: "the methods, with commas (default: those of the experiment)",
      seconds: "seconds to time each method for, instead of the scale's",
      out: "folder for the cells, report.json and report.md; {experiment} and {scale} are filled in",
    },
    description:
      "A grid of cells. Each cell that trains is one eoq train in a folder of its own, whose command line is in the " +
      "report; a cell that is done is not run again, and one that was interrupted goes on from its checkpoint: give " +
      "the same command again. report.json and report.md in the --out folder are written anew after each cell. A run " +
      "that diverges is a row of the table like any other.",
    list: { title: "Budgets", rows: budgets() },
    examples: [
      "eoq paper accuracy --data cifar-10-batches-bin",
      "eoq paper small-batch --scale small --data cifar-10-batches-bin --jobs 2",
      "eoq paper isometry --scale small",
    ],
    load: () => import("../paper.ts"),
  },
];
