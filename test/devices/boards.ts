/**
 * Exported networks on boards of qemu: each is built for a core by its own
 * Makefile, learns there from the samples of its self-test, and must come to the
 * hashes of the host.
 *
 * @module
 */

import { type Board, BOARDS } from "../../lib/export/c/boards.ts";
import type { EoqRecipe } from "../../lib/exec/recipe.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { SMALL_PLANS } from "../exec/plans.ts";
import { exported, writeFiles } from "../export/c/device.ts";
import { run } from "../native/compile.ts";
import { testExported } from "./integers.ts";

const DIGITS = { height: 28, width: 28, channels: 1, classes: 10 };
const KIB = 1024;

/** A network, and the memory that it is linked for. */
interface BoardRun {
  readonly model: string;
  /** Absent for the model's own, for digits. */
  readonly plan?: Plan;
  /** Bytes that it may take; absent for what it needs. */
  readonly ram?: number;
  readonly recipe?: Partial<Pick<EoqRecipe, "exponents" | "weightDecayShift">>;
  /** Only boards of these names; all if absent. */
  readonly boards?: readonly string[];
}

const RUNS: readonly BoardRun[] = [
  { model: "lenet", ram: 256 * KIB },
  { model: "lenet", ram: 256 * KIB, recipe: { exponents: "hindsight" }, boards: ["m4"] },
  { model: "resnet-8", ram: 256 * KIB },
  // For less memory: activations are computed again on the way back.
  { model: "resnet-8", ram: 150 * KIB, boards: ["m4"] },
  // The momentum has 16 bits; with weight decay ten steps come to other weights than with 24.
  { model: "lenet", ram: 195 * KIB, recipe: { weightDecayShift: 11 }, boards: ["m0plus", "m55", "rv32"] },
  { model: "mlp", boards: ["m4", "rv64"] },
  // Layers of every kind, odd sizes and strides, by the instructions that only these cores have.
  ...SMALL_PLANS.map((plan) => ({
    model: `${plan.model} of ${plan.height}x${plan.width}`,
    plan,
    boards: ["m4", "m55"],
  })),
];

/** Emulators and compilers of the boards. */
export const BOARD_COMMANDS: readonly (readonly [command: string, debian: string])[] = [
  ["arm-none-eabi-gcc", "gcc-arm-none-eabi"],
  ["riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf"],
  ["qemu-system-arm", "qemu-system-arm"],
  ["qemu-system-riscv32", "qemu-system-misc"],
  ["qemu-system-riscv64", "qemu-system-misc"],
];

async function runBoard({ name }: Board, folder: string): Promise<string | undefined> {
  const flags = "CFLAGS=-std=c99 -O2 -Wall -Wextra -Wconversion -pedantic -Werror";
  const { code, stdout, stderr } = await run("timeout", ["300", "make", "-s", "-C", folder, flags, `run-${name}`]);
  // Where semihosting writes to is the emulator's choice.
  const passed = /^passed: .*$/m.exec(`${stdout}\n${stderr}`)?.[0];
  if (code === 0 && passed !== undefined) return passed;
  console.error(stdout + stderr);
  return undefined;
}

/** Runs all networks on their boards; returns what failed. */
export async function testBoards(): Promise<string[]> {
  const failed: string[] = [];
  using library = await openLibrary({ threads: 1 });
  for (const { model, plan = buildPlan(model, DIGITS), ram, recipe, boards } of RUNS) {
    const folder = await Deno.makeTempDir({ prefix: "eoq-board-" });
    try {
      const device = { plan, ...recipe && { recipe }, ...ram !== undefined && { ram } };
      await writeFiles(await exported(library, device), folder);
      for (const board of BOARDS.filter(({ name }) => boards === undefined || boards.includes(name))) {
        const keys = Object.entries(recipe ?? {}).map(([key, value]) => `, ${key}=${value}`).join("");
        const title = `${model}${ram === undefined ? "" : `, ${ram / KIB} KiB`}${keys} on ${board.about}`;
        const passed = await runBoard(board, folder);
        console.log(`${title}: ${passed ?? "FAILED"}`);
        if (passed === undefined) failed.push(title);
      }
      if (boards === undefined) failed.push(...await testExported(folder, `${model} as exported C`));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  return failed;
}
