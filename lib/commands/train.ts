/**
 * `eoq train`: one method, whose checkpoint is kept.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { RANKS, TRAINING } from "../cli/option_groups.ts";
import { UserError } from "../errors.ts";

/** The command. */
export const TRAIN: Command = {
  name: "train",
  summary: "train one method and keep its checkpoint",
  options: ["from", ...TRAINING],
  choices: { ranks: RANKS },
  fallbacks: { out: "runs/{method}-{model}-{dataset}-s{seed}{config}" },
  description:
    "Writes METHOD.checkpoint and results.json to the --out folder; a checkpoint is written after every epoch, on " +
    "Ctrl-C and as --checkpoint-every says. After Ctrl-C, a crash or a full disk the same command with --resume goes " +
    "on from the newest good one, bit for bit as if it had never stopped; where there is none yet it starts. A folder " +
    "that holds an earlier run is refused unless --resume or --overwrite says what is to become of it. --from starts " +
    "from the weights of a checkpoint, on other data or the same; method, model, input and recipe are its own, all " +
    "else is yours. --train freezes layers: what is frozen runs as in inference, norms by their running statistics, " +
    "and costs neither gradients nor memory for them.",
  examples: [
    "eoq train",
    "eoq train --method bn-fp32 --epochs 3",
    "eoq train --epochs 3 --resume",
    "eoq train --from runs/a/eoq.checkpoint --dataset folder --data photos --image-size 32",
    "eoq train --from runs/a/eoq.checkpoint --dataset cifar100 --train last:2 --learning-rate 0.25",
  ],

  async run(invocation) {
    const { chooseConfig } = await import("./training/choose_config.ts");
    const { checkpointPath } = await import("./training/out_folder.ts");
    const { loadStart } = await import("./training/start.ts");
    const { trainChosen } = await import("./training/train_chosen.ts");
    const { values } = invocation;
    const start = values.from === undefined ? undefined : await loadStart(values.from);
    const chosen = await chooseConfig(invocation, start);
    const [method, ...others] = chosen.methods;
    if (others.length > 0) {
      const methods = chosen.methods.join(", ");
      throw new UserError(`--method: eoq train takes one method, not ${methods}; eoq compare takes several`);
    }
    if (chosen.seeds.length > 1) {
      throw new UserError(`eoq train takes one seed, not ${chosen.seeds.join(", ")}; eoq compare takes several`);
    }
    const folder = await trainChosen(TRAIN, invocation, chosen, start);
    if (!values.json && folder !== undefined) {
      console.log(`checkpoint: ${checkpointPath(folder, method!, chosen.seed, chosen)}`);
    }
  },
};
