/**
 * `eoq train`: one method, whose checkpoint is kept.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { chooseConfig } from "./training/choose_config.ts";
import type { Invocation } from "../cli/command.ts";
import { compare } from "./compare.ts";
import { checkpointPath, outFolder } from "./training/setup.ts";

/** Runs `eoq train`. */
export async function run(invocation: Invocation): Promise<void> {
  const { values } = invocation;
  const chosen = await chooseConfig(invocation);
  const [method, ...others] = chosen.methods;
  if (others.length > 0) {
    const methods = chosen.methods.join(", ");
    throw new UserError(`--method: eoq train takes one method, not ${methods}; eoq compare takes several`);
  }
  if (chosen.seeds.length > 1) {
    throw new UserError(`eoq train takes one seed, not ${chosen.seeds.join(", ")}; eoq compare takes several`);
  }
  await compare(invocation, chosen, "train");
  if (!values.json) {
    console.log(`checkpoint: ${checkpointPath(outFolder(values, chosen), method!, chosen.seed, chosen)}`);
  }
}
