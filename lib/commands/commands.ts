/**
 * The commands, in the order of the help.
 *
 * @module
 */

import { budgets, EXPERIMENTS } from "../paper/scale.ts";
import { MODELS } from "../plan/models.ts";
import type { Command } from "./command.ts";
import { FORWARDED } from "./forwarded.ts";

const MACHINE = ["threads", "isa"] as const;
const RUN = [
  "method",
  "dataset",
  "data",
  "image-size",
  "model",
  "epochs",
  "images",
  "batch",
  "train-limit",
  "test-limit",
  "seed",
  "schedule",
  "decay-at",
  "decay-by",
  "learning-rate",
  "weight-decay",
  "crop",
  "flip",
  "mixup",
  "input",
  "weights",
  "set",
  "config",
] as const;
const TRAINING = [
  ...RUN,
  ...MACHINE,
  "evaluate-every",
  "trace",
  "trace-every",
  "checkpoint-every",
  "keep",
  "out",
  "resume",
  "log",
  "json",
  "quiet",
  "help",
] as const;

/** All commands. */
export const COMMANDS: readonly Command[] = [
  {
    name: "compare",
    summary: "train several methods on the same images and print one table",
    options: TRAINING,
    fallbacks: { method: "eoq,bn-fp32" },
    description:
      "All methods see the same network, images, order and budget. The table gives test accuracy, throughput, the " +
      "operations of one training image and the bytes that training holds; results.json has the same, exact. Each " +
      "method leaves METHOD.checkpoint in the --out folder, written after every epoch, on Ctrl-C and as " +
      "--checkpoint-every says. The same command with --resume goes on from there and does not train a finished method again.",
    examples: [
      "eoq compare",
      "eoq compare --batch 1 --train-limit 5000",
      "eoq compare --method eoq,bn-fp32 --epochs 3 --seed 2 --out results/s2",
      "eoq compare --resume",
    ],
    load: () => import("./compare.ts"),
  },
  {
    name: "train",
    summary: "train one method and keep its checkpoint",
    options: TRAINING,
    fallbacks: { out: "runs/{method}-{model}-{dataset}-s{seed}" },
    description:
      "Writes METHOD.checkpoint and results.json to the --out folder; a checkpoint is written after every epoch, on " +
      "Ctrl-C and as --checkpoint-every says. After Ctrl-C, a crash or a full disk the same command with --resume goes " +
      "on from the newest good one, bit for bit as if it had never stopped.",
    examples: ["eoq train", "eoq train --method bn-fp32 --epochs 3", "eoq train --epochs 3 --resume"],
    load: () => import("./train.ts"),
  },
  {
    name: "eval",
    summary: "measure the test accuracy of a checkpoint",
    argument: "FILE",
    options: ["data", ...MACHINE, "json", "help"],
    description:
      "Rebuilds the network that the checkpoint describes and classifies the test images that its run used: the " +
      "accuracy is the one that training printed. Throughput of training is the one that the checkpoint recorded.",
    examples: ["eoq eval results/eoq.checkpoint", "eoq eval runs/eoq-resnet-8-mnist-s1/eoq.checkpoint --json"],
    load: () => import("./eval.ts"),
  },
  {
    name: "config",
    summary: "print the configuration that the options of a run come to",
    options: [...RUN, "schema", "help"],
    description:
      "Prints JSON that --config takes: every key with its value, from the options, else the --config file, else the " +
      "defaults. A results.json holds the same under config, and --config takes it too. A file may hold any of the " +
      "keys; --schema prints what they are and what they can be.",
    examples: [
      "eoq config --schedule cosine --epochs 30 > run.json",
      "eoq config --config results/results.json --seed 2",
      "eoq config --schema",
    ],
    load: () => import("./config.ts"),
  },
  {
    name: "summary",
    summary: "print the layers, shapes, costs and memory of a network",
    argument: "MODEL",
    options: ["image", "classes", "batch", "json", "help"],
    description:
      "Weights and multiply-accumulates of each layer for one image forward, padding taps counted; a training step " +
      "multiplies three times as much, but for the first layer, whose input has no error. Biases and norms are the " +
      "method's and are in the bytes below, which are those that a run of each method holds.",
    list: { title: "Models", rows: [...MODELS].map(([name, { about }]) => [name, about] as const) },
    examples: ["eoq summary resnet-20", "eoq summary resnet-50 --batch 1", "eoq summary lenet --image 32x32x3 --json"],
    load: () => import("./summary.ts"),
  },
  {
    name: "bench",
    summary: "time the kernels and the training step against the machine's peak and other libraries",
    argument: "peak|kernels|step",
    options: ["model", "method", "batch", ...MACHINE, "seconds", "peers", "save", "json", "help"],
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
      "with the peak among them; ratios are medians over neighbouring samples. Multiply-adds are nominal: padding " +
      "counts, so a kernel that skips it can pass 100 %. Peers keep their weights in the layout they like best.",
    examples: [
      "eoq bench peak --isa all",
      "eoq bench kernels --peers",
      "eoq bench step --batch 1,8,128 --peers --save step.json",
    ],
    load: () => import("./bench.ts"),
  },
  {
    name: "paper",
    summary: "repeat an experiment of the paper and set its numbers beside the published ones",
    argument: EXPERIMENTS.join("|"),
    options: [
      ...["scale", "dataset", "data", "model", "epochs", "images", "train-limit", "test-limit", "seeds"] as const,
      ...["method", ...FORWARDED, "jobs", "seconds", ...MACHINE, "out", "json", "quiet", "help"] as const,
    ],
    fallbacks: { dataset: "cifar10", model: null, epochs: null, method: null, out: "paper/{experiment}-{scale}" },
    helps: {
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
    load: () => import("./paper.ts"),
  },
  {
    name: "data",
    summary: "get datasets, and list those that are here",
    argument: "list|get",
    subject: "[NAME]",
    options: ["json", "quiet", "help"],
    description:
      "get NAME downloads a dataset from the address where it is published, goes on where an earlier download broke " +
      "off, checks the published checksum, unpacks, and gives the folder its name when all of it is there. list shows " +
      "which datasets there are, which are here, how large and where. They are kept in $EOQ_DATA, else " +
      "$XDG_DATA_HOME/eoq, else ~/.local/share/eoq; training finds them there. A copy that you have already needs no " +
      "get: name its folder with --data DIR.",
    examples: ["eoq data list", "eoq data get cifar10", "eoq train --dataset cifar10 --model resnet-20"],
    load: () => import("./data.ts"),
  },
  {
    name: "doctor",
    summary: "say what this machine has and what is missing",
    options: ["dataset", "data", "image-size", ...MACHINE, "help"],
    description:
      "Looks at the compiler, the cache folder, the kernel library and its instruction-set paths, and the dataset. " +
      "Exit code 0 when training can run, else 1 and a line for each thing that is missing, with its cure.",
    examples: ["eoq doctor", "eoq doctor --isa scalar"],
    load: () => import("./doctor.ts"),
  },
];
