/**
 * `eoq learn`: a trained network learns on, image by image.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { MACHINE } from "../cli/option_groups.ts";

/** The command. */
export const LEARN: Command = {
  name: "learn",
  summary: "let a trained network learn on, image by image",
  operands: [{ placeholder: "CHECKPOINT" }],
  options: [
    ...["data", "dataset", "split", "order", "seed", "only", "rotate", "shift", "change-at", "images"] as const,
    ...["batch", "learning-rate", "train", "statistics", "compare", "compare-from", "on-error"] as const,
    ...MACHINE,
    ...["checkpoint-every", "keep", "out", "resume", "overwrite", "log", "json", "quiet", "help"] as const,
  ],
  aliases: { "learning-rate": "rate" },
  fallbacks: {
    batch: "1",
    dataset: null,
    "learning-rate": null,
    out: "runs/learn-{method}-{model}-{dataset}-{config}",
  },
  helps: {
    data:
      "folder of CLASS folders of images, or - for lines PATH<TAB>CLASS on standard input; with --dataset its files",
    dataset: "take the images of a dataset instead of --data: mnist, fashion-mnist, cifar10, cifar100",
    seed: "fixes the seeded order",
    images: "images to take at most",
    batch: "images a step: each of them is predicted, then one step learns from all",
    "learning-rate":
      "factor on the method's own learning rate, the same for all images (default: the checkpoint's last)",
    train: "layers that learn: all, classifier, or last:N, the last N that have weights, a residual block being one; " +
      "the others are frozen (default: as in the run)",
    "on-error": "at an image that cannot be read or is of an unknown class: stop, or tell it in a line and go on",
    "checkpoint-every":
      "write a checkpoint every N steps, or N seconds, minutes or hours as 30s, 10m, 2h, and at the end",
    out:
      "folder for results.json and the checkpoints; {method}, {model}, {dataset}, {seed} and {config}, eight digits " +
      "of a hash, are filled in",
  },
  description:
    "Takes images one by one, predicts each and learns from it then, in the arithmetic and with the recipe of the " +
    "checkpoint. What it prints is the accuracy of these predictions: over all images, and over the last 1,000 and " +
    "100. Writes checkpoints and results.json to the --out folder as eoq train does. After Ctrl-C or a crash the same " +
    "command with --resume goes on at the right image, bit for bit as if it had never stopped; it must be given the " +
    "same stream from its beginning. The checkpoints can be measured by eoq eval, and learnt on from.",
  examples: [
    "eoq learn runs/eoq-resnet-8-mnist-s1/eoq.checkpoint --dataset mnist --rotate 90",
    "eoq learn eoq.checkpoint --data photos --on-error skip",
    "camera | eoq learn eoq.checkpoint --data - --out today",
    "eoq learn eoq.checkpoint --dataset mnist --compare bn-fp32 --compare-from bn-fp32.checkpoint",
  ],

  async run(invocation) {
    const { runLearn } = await import("./learning/run_learn.ts");
    await runLearn(LEARN, invocation);
  },
};
