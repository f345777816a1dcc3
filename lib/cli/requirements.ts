/**
 * What eoq needs before anything of it runs, and the cure where it is not so.
 *
 * @module
 */

import { messageOf, RunError } from "../errors.ts";
import { PATHS } from "../native/paths.ts";

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
  if (os === "linux" && arch === "aarch64") return "tests of eoq have run for linux with aarch64 under emulation only";
  const simd = Object.values(PATHS).some((path) => path.arch === arch);
  return `no test of eoq has run on ${os} with ${arch}${simd ? "" : "; only the scalar kernels run there"}`;
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
