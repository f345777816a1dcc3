/**
 * `eoq compare`: several methods on the same images, one table.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { RANKS, TRAINING } from "../cli/option_groups.ts";

/** The command. */
export const COMPARE: Command = {
  name: "compare",
  summary: "train several methods on the same images and print one table",
  options: [...TRAINING, "seeds", "format"],
  choices: { ranks: RANKS },
  fallbacks: { method: "eoq,bn-fp32", out: "results{config}" },
  helps: { seeds: "train every method with each of them; the table has means and deviations" },
  description:
    "All methods see the same network, images, order and budget. The table gives test accuracy, throughput, the " +
    "operations of one training image and the bytes that training holds; results.json has the same, exact. Each " +
    "method leaves METHOD.checkpoint in the --out folder, written after every epoch, on Ctrl-C and as " +
    "--checkpoint-every says. The same command with --resume goes on from there and does not train a finished method " +
    "again; --overwrite replaces an earlier run in the folder.",
  examples: [
    "eoq compare",
    "eoq compare --batch 1 --train-limit 5000",
    "eoq compare --method eoq,bn-fp32 --epochs 3 --seed 2 --out results/s2",
    "eoq compare --seeds 1,2,3",
    "eoq compare --resume",
  ],

  async run(invocation) {
    const { chooseConfig } = await import("./training/choose_config.ts");
    const { trainChosen } = await import("./training/train_chosen.ts");
    await trainChosen(COMPARE, invocation, await chooseConfig(invocation));
  },
};
