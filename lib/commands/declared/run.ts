/**
 * The commands that train and measure networks: what the help and the parser know of them.
 *
 * @module
 */

import type { Command } from "../../cli/command.ts";
import { MACHINE } from "./machine.ts";

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
  "validation",
  "seed",
  "schedule",
  "decay-at",
  "decay-by",
  "warmup",
  "learning-rate",
  "weight-decay",
  "crop",
  "flip",
  "mixup",
  "smoothing",
  "average-from",
  "average-every",
  "input",
  "weights",
  "recipe",
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

/** In the order of the help. */
export const RUN_COMMANDS: readonly Command[] = [
  {
    name: "compare",
    summary: "train several methods on the same images and print one table",
    options: [...TRAINING, "seeds", "format"],
    fallbacks: { method: "eoq,bn-fp32" },
    helps: { seeds: "train every method with each of them; the table has means and deviations" },
    description:
      "All methods see the same network, images, order and budget. The table gives test accuracy, throughput, the " +
      "operations of one training image and the bytes that training holds; results.json has the same, exact. Each " +
      "method leaves METHOD.checkpoint in the --out folder, written after every epoch, on Ctrl-C and as " +
      "--checkpoint-every says. The same command with --resume goes on from there and does not train a finished method again.",
    examples: [
      "eoq compare",
      "eoq compare --batch 1 --train-limit 5000",
      "eoq compare --method eoq,bn-fp32 --epochs 3 --seed 2 --out results/s2",
      "eoq compare --seeds 1,2,3",
      "eoq compare --resume",
    ],
    load: () => import("../compare.ts"),
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
    load: () => import("../train.ts"),
  },
  {
    name: "eval",
    summary: "measure the accuracy of a checkpoint",
    operands: [{ placeholder: "FILE" }],
    options: ["data", "noise", ...MACHINE, "json", "help"],
    description:
      "Rebuilds the network that the checkpoint describes and classifies the test or validation images of its run, with " +
      "averaged weights, too, if it has any: accuracies are those that training printed. Throughput of training is " +
      "the one that the checkpoint recorded. --noise adds the accuracies on noisy images, their bytes rounded and " +
      "clipped to 0 to 255; all methods and seeds see the same noise.",
    examples: [
      "eoq eval results/eoq.checkpoint",
      "eoq eval runs/eoq-resnet-8-mnist-s1/eoq.checkpoint --json",
      "eoq eval runs/eoq-resnet-20-cifar10-s1/eoq.checkpoint --noise 6.4,12.8,15.9,25.5",
    ],
    load: () => import("../eval.ts"),
  },
  {
    name: "config",
    summary: "print the configuration that the options of a run come to",
    options: [...RUN, "seeds", "schema", "help"],
    helps: { seeds: "those of eoq compare" },
    description:
      "Prints JSON that --config takes: every key with its value, from the options, else the --config file, else the " +
      "defaults. A results.json holds the same under config, and --config takes it too. A file may hold any of the " +
      "keys; --schema prints what they are and what they can be.",
    examples: [
      "eoq config --schedule cosine --epochs 30 > run.json",
      "eoq config --config results/results.json --seed 2",
      "eoq config --schema",
    ],
    load: () => import("../config.ts"),
  },
];
