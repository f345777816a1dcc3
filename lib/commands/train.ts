/**
 * `eoq train`: one method, whose checkpoint is kept.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import type { Invocation } from "./command.ts";
import { run as compare } from "./compare.ts";
import { checkpointPath, outFolder } from "./setup.ts";

/** Runs `eoq train`. */
export async function run(invocation: Invocation): Promise<void> {
  const { method, json } = invocation.values;
  if (method.length > 1) {
    throw new UserError(`--method: eoq train takes one method, not ${method.join(", ")}; eoq compare takes several`);
  }
  await compare(invocation, "train");
  if (!json) console.log(`checkpoint: ${checkpointPath(outFolder(invocation.values), method[0]!)}`);
}
