/**
 * What Deno must let eoq do: the permissions of the task `eoq`, word for word.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { LAUNCH_VARIABLES } from "./launch.ts";

/** `--no-prompt` and `--allow-...`. */
export const PERMISSIONS: readonly string[] = manifest.tasks.eoq.command.split(" ").filter((word) =>
  /^--(no-prompt|allow-)/.test(word)
);

/** How Deno is asked for one thing behind `--allow-NAME=`. */
const DESCRIPTORS: Readonly<Record<string, (value: string) => Deno.PermissionDescriptor>> = {
  net: (host) => ({ name: "net", host }),
  sys: (kind) => ({ name: "sys", kind: kind as NonNullable<Deno.SysPermissionDescriptor["kind"]> }),
  env: (variable) => ({ name: "env", variable }),
};

/**
 * The flags of the task that are not granted, each with the values that are
 * missing. Commands are not among them: Deno grants only those that it finds.
 */
export async function missingPermissions(): Promise<string[]> {
  const missing: string[] = [];
  for (const flag of PERMISSIONS) {
    const [, name, values] = /^--allow-(\w+)(?:=(.*))?$/.exec(flag) ?? [];
    if (name === undefined || name === "run") continue;
    const granted = async (descriptor: Deno.PermissionDescriptor) =>
      (await Deno.permissions.query(descriptor)).state === "granted";
    if (values === undefined) {
      if (!await granted({ name: name as "read" | "write" | "ffi" })) missing.push(flag);
      continue;
    }
    const lacking = [];
    for (const value of values.split(",")) if (!await granted(DESCRIPTORS[name]!(value))) lacking.push(value);
    if (lacking.length > 0) missing.push(`--allow-${name}=${lacking.join(",")}`);
  }
  return missing;
}

/** Variables that are read only where Deno allows it. */
const OPTIONAL = ["EOQ_DEBUG", "EOQ_PYTHON", "VIRTUAL_ENV", "GITHUB_STEP_SUMMARY", "INIT_CWD", ...LAUNCH_VARIABLES];

/** Whether training cannot run without a flag that is missing: only downloads need the network. */
export function isNeededToTrain(flag: string): boolean {
  const [name, values = ""] = flag.replace("--allow-", "").split("=");
  if (name === "env" && values !== "") return values.split(",").some((variable) => !OPTIONAL.includes(variable));
  return name !== "net";
}
