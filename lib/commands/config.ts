/**
 * `eoq config`: the configuration that a training command would run, or the
 * schema of configurations.
 *
 * @module
 */

import { z } from "zod";
import { configFileSchema } from "../train/config.ts";
import { chooseConfig } from "./training/choose_config.ts";
import type { Invocation } from "../cli/command.ts";
import { loadChosen } from "./training/setup.ts";

/** Runs `eoq config`. */
export async function run(invocation: Invocation): Promise<void> {
  if (invocation.values.schema) return print(z.toJSONSchema(configFileSchema));
  const chosen = await chooseConfig(invocation);
  const { config } = await loadChosen(chosen);
  print({ method: chosen.methods, ...config, ...(chosen.seeds.length > 1 && { seeds: chosen.seeds }) });
}

function print(json: unknown): void {
  console.log(JSON.stringify(json, null, 2));
}
