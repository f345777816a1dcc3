/**
 * Another checkout of eoq whose steps take turns with those of this one. Both
 * run in processes of their own, so that neither is timed otherwise.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import type { Method } from "../exec/methods.ts";
import type { EoqRecipe } from "../exec/recipe.ts";
import { TRAITS } from "../exec/methods.ts";
import { isFile } from "../package/atomic_files.ts";
import { runModule, V8_FLAGS } from "../package/child.ts";
import { BASE } from "../report/bench.ts";
import type { Setting } from "../report/setting.ts";
import type { Contestant } from "./contest.ts";
import type { StepJob } from "./own_step.ts";
import { PeerProcess } from "./peers/process.ts";

/** The module that takes the steps, in this checkout and in others. */
const CHILD = "lib/bench/step_child.ts";
const PERMISSIONS = ["--no-prompt", "--allow-all"];

/** What both checkouts are asked for. */
export interface BesideJob extends Pick<StepJob, "batch" | "phase"> {
  readonly model: string;
  readonly methods: readonly Method[];
  readonly settings: readonly Setting[];
  /** Folder of CIFAR-10; undefined for the place where it is kept. */
  readonly data: string | undefined;
  readonly recipe: Partial<EoqRecipe>;
}

/** Both checkouts, at work. */
export interface Beside extends AsyncDisposable {
  /** Each method's step at each setting, of this checkout and of the other. */
  readonly contestants: (job: BesideJob) => Promise<Contestant[]>;
}

async function start(args: string[]): Promise<PeerProcess> {
  // Each has the kernels of its own sources, whatever library is named.
  return (await PeerProcess.start({ name: "eoq", command: "deno", args, env: { EOQ_LIB: "" } }))!;
}

/** Starts this checkout and the one in a folder. @throws {UserError} where it is none, or one that cannot do this. */
export async function openBeside(folder: string): Promise<Beside> {
  if (!await isFile(`${folder}/${CHILD}`)) {
    throw new UserError(`--beside: ${folder} is no checkout of eoq whose steps can take turns: it lacks ${CHILD}`);
  }
  const sides = [
    { subject: "eoq", process: await start(runModule(CHILD, PERMISSIONS)) },
    {
      subject: BASE,
      process: await start([
        ...["run", "--quiet", ...V8_FLAGS, ...PERMISSIONS],
        ...["--config", `${folder}/deno.json`, `${folder}/${CHILD}`],
      ]),
    },
  ] as const;
  return {
    contestants: async ({ model, batch, phase, methods, settings, data, recipe }) => {
      const ready: Contestant[] = [];
      for (const setting of settings) {
        for (const method of methods) {
          for (const { subject, process } of sides) {
            ready.push({
              ...{ subject, variant: method, arithmetic: TRAITS[method].arithmetic, ...setting, work: batch },
              ...await process.prepare({ model, batch, phase, recipe, ...setting, method, data: data ?? null }),
            });
          }
        }
      }
      return ready;
    },
    [Symbol.asyncDispose]: async () => {
      for (const { process } of sides) await process.close();
    },
  };
}
