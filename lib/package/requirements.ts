/**
 * What eoq needs before anything of it runs, and the cure where it is not so.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { messageOf, RunError } from "../errors.ts";

/** The oldest Deno that the tests run on. */
const OLDEST_DENO = [2, 9] as const;

/** @throws {RunError} when a version of Deno, such as 2.9.6, is too old. */
export function requireDeno(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_DENO;
  if (major > oldestMajor || major === oldestMajor && minor >= oldestMinor) return;
  throw new RunError(`Deno ${version} is too old, ${OLDEST_DENO.join(".")} is needed: deno upgrade`);
}

/**
 * What is known of eoq on a system: null where tests run on it.
 *
 * @throws {RunError} on a system that it cannot run on.
 */
export function aboutPlatform(os: string, arch: string): string | null {
  if (os !== "linux" && os !== "darwin") {
    throw new RunError(`eoq does not run on ${os}: use Linux, under Windows that of WSL (wsl --install)`);
  }
  if (os === "linux" && arch === "x86_64") return null;
  return `no test of eoq has run on ${os} with ${arch}; only the scalar kernels run there unless the CPU is an x86-64`;
}

/** What Deno must let eoq do: the flags of the task `eoq`, `--no-prompt` and `--allow-...`, word for word. */
export const PERMISSIONS: readonly string[] = manifest.tasks.eoq.command.split(" ").filter((word) =>
  word.startsWith("--")
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

/** What is wrong and what to do about it, in a line. */
export function withCure(error: unknown): string {
  const message = messageOf(error);
  if (error instanceof Deno.errors.NotCapable) {
    return `${message.replace(/, run again.*/s, "")}: see permissions`;
  }
  if (/failed on the kernels.*(no such file|cannot find)/i.test(message)) {
    return `${message}: install the C library's headers, on Debian or Ubuntu with: apt-get install libc6-dev`;
  }
  return message;
}
