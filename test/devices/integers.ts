/**
 * No floating-point instruction in what an int8 training step runs, processor
 * by processor: every object of the library but the fp32 kernels, with all paths
 * of the processor, and exported networks for cores that have floats and for
 * those that have none. Each compiler has a planted float found in its code
 * first.
 *
 * @module
 */

import { path, run } from "../native/compile.ts";
import { disassemble, type ObjectReaders, type Processor } from "../native/float_instructions.ts";

/** What compiles for a processor, and what reads its objects. */
export interface Target {
  /** For people. */
  readonly about: string;
  readonly processor: Processor;
  readonly compiler: string;
  readonly readers: ObjectReaders;
  /** The processor's own flags. */
  readonly flags: readonly string[];
}

/** The programs of a GNU toolchain. @param told what its disassembler must be told of the processor */
function gnu(prefix: string, told: readonly string[] = []): Pick<Target, "compiler" | "readers"> {
  return { compiler: `${prefix}gcc`, readers: { objdump: [`${prefix}objdump`, ...told], nm: `${prefix}nm` } };
}

/** A processor that runs Linux and the library. */
export function linux(arch: string): Target {
  const processor = arch.startsWith("riscv") ? "riscv" : arch as Processor;
  return {
    about: `${arch}, Linux`,
    processor,
    flags: [],
    ...gnu(arch === Deno.build.arch ? "" : `${arch}-linux-gnu-`),
  };
}

const arm = (about: string, flags: string, ...told: readonly string[]): Target => ({
  ...{ about, processor: "arm", flags: `-mthumb ${flags}`.split(" ") },
  ...gnu("arm-none-eabi-", told),
});

const riscv = (march: string, mabi: string): Target => ({
  ...{ about: march, processor: "riscv", flags: [`-march=${march}`, `-mabi=${mabi}`, "-mcmodel=medany"] },
  ...gnu("riscv64-unknown-elf-"),
});

/** Cores of microcontrollers; those that have floats may use them. */
const CORES: readonly Target[] = [
  arm("Cortex-M0+", "-mcpu=cortex-m0plus"),
  arm("Cortex-M4F", "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard"),
  arm("Cortex-M7 with doubles", "-mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard"),
  arm("Cortex-M33 with floats", "-mcpu=cortex-m33 -mfloat-abi=hard"),
  arm("Cortex-M55 with Helium's floats", "-mcpu=cortex-m55 -mfloat-abi=hard", "-marmv8.1-m.main", "-Mforce-thumb"),
  riscv("rv32imc", "ilp32"),
  riscv("rv32imafdc", "ilp32d"),
  riscv("rv64imac", "lp64"),
  riscv("rv64gc", "lp64d"),
];

/** Floating-point operations of planted_float.c at least: a conversion, a product, a conversion. */
const PLANTED = 3;

/** Why a compiler's code cannot be judged: the planted floats are not found in it. */
async function blindOn({ compiler, flags, processor, readers }: Target, folder: string): Promise<string | undefined> {
  const object = `${folder}/planted_float.o`, source = path("../native/planted_float.c");
  const { code, stderr } = await run(compiler, [
    "-std=c11",
    "-O3",
    "-ffreestanding",
    ...flags,
    "-c",
    source,
    "-o",
    object,
  ]);
  if (code !== 0) return stderr;
  const { floats } = await disassemble(object, processor, readers);
  return floats.length >= PLANTED ? undefined : `of planted floats only these were found: ${floats.join(", ")}`;
}

/** Reads objects, prints what they have, and returns whether they have no floats. */
async function judge(target: Target, what: string, objects: readonly string[], folder: string): Promise<boolean> {
  const title = `${target.about}, ${what}`;
  const blind = await blindOn(target, folder);
  if (blind !== undefined) {
    console.log(`${title}: FAILED: ${blind}`);
    return false;
  }
  const read = await Promise.all(objects.map((each) => disassemble(each, target.processor, target.readers)));
  const instructions = read.reduce((sum, each) => sum + each.instructions, 0),
    floats = read.flatMap((each) => each.floats);
  const passed = floats.length === 0 && read.every((each) => each.instructions > 0 || each.counts.size === 0);
  console.log(
    `${title}: ${instructions} instructions in ${objects.length} objects, ${floats.length} of them of floats` +
      (passed ? "" : `: FAILED: ${floats.slice(0, 5).join(", ")}`),
  );
  return passed && instructions > 1000;
}

/**
 * The objects of a library that was compiled in a folder, but the fp32 kernels.
 *
 * @param sources paths of the sources
 * @returns what failed
 */
export async function testLibrary(target: Target, folder: string, sources: readonly string[]): Promise<string[]> {
  const objects = sources.filter((each) => !each.startsWith("fp32/")).map((each) => `${folder}/${each}.o`);
  const passed = await judge(target, "all of the library but fp32", objects, folder);
  return passed ? [] : [`floats on ${target.about}`];
}

/** An exported network in a folder, on all cores. @returns what failed */
export async function testExported(folder: string, title: string): Promise<string[]> {
  const failed: string[] = [];
  for (const core of CORES) {
    const object = `${folder}/eoq_model.o`, flags = ["-std=c99", "-O2", "-ffreestanding", ...core.flags];
    const { code, stderr } = await run(core.compiler, [...flags, "-c", `${folder}/eoq_model.c`, "-o", object]);
    if (code !== 0) console.error(stderr);
    if (code !== 0 || !await judge(core, title, [object], folder)) failed.push(`floats in ${title} on ${core.about}`);
  }
  return failed;
}
