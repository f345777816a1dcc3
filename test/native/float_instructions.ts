/**
 * Floating-point instructions in compiled code, processor by processor: what no
 * int8 training step may have. Registers alone say little, as integers lie in
 * those of vectors, too; so it is the names of instructions that decide.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { run } from "./compile.ts";

/** Processors whose instructions are known. */
export type Processor = "x86_64" | "aarch64" | "riscv" | "arm";

/**
 * Names of the instructions that calculate with floats, compare or convert them, as the disassemblers of GNU and LLVM
 * write them. Moves, shuffles and bitwise operations of x86, of which some are named after floats, and Arm's `fmov` and
 * `vmov` are none: they leave the bits of integers as they are. Of RISC-V even loads of floats are, as it has no
 * integers in their registers.
 */
export const FLOAT_INSTRUCTIONS: Readonly<Record<Processor, RegExp>> = {
  x86_64:
    /^(?:v?(?:add|sub|mul|div|sqrt|min|max|rcp\w*|rsqrt\w*|round|rndscale|cmp\w*|u?comi|hadd|hsub|addsub|dp\w*|fn?m\w+|scalef|getexp|getmant|range|reduce|fixupimm|fpclass)[ps][sdh]|v?cvt\w+|f\w+)$/,
  aarch64: /^(?:f(?!mov$)\w+|[su]cvtf|bf(?:dot|mmla|mlal[bt]|cvt\w*))$/,
  riscv: /^(?:c\.)?f(?!ence)[\w.]+$/,
  arm: /^v(?!mov)\w+\.(?:\w+\.)?b?f(?:16|32|64)(?:\.\w+)?$/,
};

/** Functions that calculate with floats: those of libgcc and of Arm's run-time ABI for processors without, and libm's. */
export const FLOAT_FUNCTIONS =
  /^(?:_{2,3}(?:aeabi_(?:[cdfh]|u?[il]2[dfh])\w*|[a-z]*[sdthx]f[a-z\d]*)|_?(?:exp|log|pow|sqrt|fma|floor|ceil|round|rint|ldexp|frexp)(?:2|10)?f?)$/;

/** What was read of an object. */
export interface Disassembly {
  readonly instructions: number;
  /**
   * Floating-point instructions, each with the function that it is in, those that the disassembler does not know, and
   * functions for floats that are called.
   */
  readonly floats: readonly string[];
  /** How often which instruction. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Programs that read objects of a processor. */
export interface ObjectReaders {
  /** A disassembler, with what it must be told of the processor. */
  readonly objdump: readonly [command: string, ...args: string[]];
  readonly nm: string;
}

/** Reads the code of an object, and what it calls. */
export async function disassemble(object: string, processor: Processor, readers: ObjectReaders): Promise<Disassembly> {
  const [command, ...args] = readers.objdump;
  const { code, stdout, stderr } = await run(command, [...args, "-d", "--no-show-raw-insn", object]);
  assertEquals(code, 0, stderr);
  const floats: string[] = [], counts = new Map<string, number>();
  let within = "", instructions = 0;
  for (const line of stdout.split("\n")) {
    within = /^[0-9a-f]+ <(.+)>:$/.exec(line)?.[1] ?? within;
    const [, text] = /^ *[0-9a-f]+:\s+(?:\{\w+\}\s+)?(\S+)/.exec(line) ?? [];
    // What begins with a dot is data, but for `.inst`; dots alone are zeros left out.
    if (text === undefined || /^\.(?!inst)/.test(text)) continue;
    const name = /^[a-z][\w.]*/.exec(text)?.[0] ?? text;
    instructions++;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (FLOAT_INSTRUCTIONS[processor].test(name) || !/^[a-z]/.test(name)) floats.push(`${within}: ${name}`);
  }
  const needed = await run(readers.nm, ["-u", object]);
  assertEquals(needed.code, 0, needed.stderr);
  const names = needed.stdout.split(/\s+/).filter((name) => FLOAT_FUNCTIONS.test(name));
  return { instructions, floats: [...floats, ...names], counts };
}
