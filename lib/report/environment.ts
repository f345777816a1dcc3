/**
 * The machine and the software that a result was measured with.
 *
 * @module
 */

import { cpus } from "node:os";
import type { Library } from "../native/library.ts";
import { runChild } from "../package/child.ts";
import type { Environment } from "./run.ts";
import { VERSION } from "./version.ts";

/** Model name of the CPU as its system gives it. */
export function cpuModel(): string {
  return cpus()[0]?.model.trim() || "unknown";
}

/** Operating system with its release. */
export function osName(): string {
  return `${Deno.build.os} ${Deno.osRelease()}`;
}

/**
 * Commit of the checkout that eoq runs from, or null when it runs from none or
 * there is no git: a report is good without it.
 */
async function gitCommit(): Promise<string | null> {
  const gitDir = new URL("../../.git", import.meta.url);
  if (gitDir.protocol !== "file:") return null;
  try {
    const args = ["--git-dir", decodeURIComponent(gitDir.pathname), "rev-parse", "HEAD"];
    const { success, stdout } = await runChild("git", { args, stderr: "null" });
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Describes this machine and the open library. */
export async function describeEnvironment(library: Library): Promise<Environment> {
  return {
    cpu: cpuModel(),
    cores: navigator.hardwareConcurrency,
    arch: Deno.build.arch,
    os: osName(),
    isa: { path: library.isa, reason: library.isaReason },
    threads: library.threads,
    compiler: library.built.compiler?.version ?? null,
    versions: { eoq: VERSION, deno: Deno.version.deno, v8: Deno.version.v8 },
    gitCommit: await gitCommit(),
  };
}

/** An environment in one line. */
export function environmentLine(environment: Environment): string {
  const { cpu, cores, os, arch, isa, threads, ranks, compiler, versions, gitCommit } = environment;
  return [
    `${cpu}, ${cores} cores, ${arch}, ${os}`,
    `path ${isa.path}, threads ${threads}${ranks === undefined ? "" : ` in each of ${ranks} ranks`}`,
    compiler ?? "prebuilt library",
    `eoq ${versions.eoq}, Deno ${versions.deno}`,
    `commit ${gitCommit?.slice(0, 12) ?? "unknown"}`,
  ].join("; ");
}
