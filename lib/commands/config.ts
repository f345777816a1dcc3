/**
 * `eoq config`: the configuration that a training command would run, or the
 * schema of configurations.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { RUN } from "../cli/option_groups.ts";

function print(json: unknown): void {
  console.log(JSON.stringify(json, null, 2));
}

/** The command. */
export const CONFIG: Command = {
  name: "config",
  summary: "print the configuration that the options of a run come to",
  options: ["from", ...RUN, "seeds", "schema", "help"],
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

  async run(invocation) {
    if (invocation.values.schema) {
      const { z } = await import("zod");
      const { configFileSchema } = await import("../train/config.ts");
      return print(z.toJSONSchema(configFileSchema));
    }
    const { chooseConfig } = await import("./training/choose_config.ts");
    const { loadChosen } = await import("./training/setup.ts");
    const { loadStart } = await import("./training/start.ts");
    const { from } = invocation.values;
    const chosen = await chooseConfig(invocation, from === undefined ? undefined : await loadStart(from));
    const { config } = await loadChosen(chosen);
    print({ method: chosen.methods, ...config, ...(chosen.seeds.length > 1 && { seeds: chosen.seeds }) });
  },
};
