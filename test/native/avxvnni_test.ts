import { assert, assertEquals } from "@std/assert";
import { PATHS } from "../../lib/native/paths.ts";
import { withFolder } from "../eoq.ts";
import { path, run } from "./compile.ts";

/** Functions by what they do, and how often at least their machine code must multiply. */
const DOT_PRODUCTS: readonly (readonly [RegExp, number])[] = [
  [/^(point|pair|triple|strided)_\d+_\d+$/, 50],
  [/^weights_tile_\d+_\d+$/, 50],
  [/^peak_loop$/, 12],
];

/** First byte of EVEX-encoded instructions and of three-byte VEX. */
const EVEX = "62", VEX = "c4";

interface Instruction {
  /** Function that it is in. */
  readonly within: string;
  readonly bytes: readonly string[];
  readonly text: string;
}

async function disassemble(object: string): Promise<Instruction[]> {
  const { stdout } = await run("objdump", ["-d", "-w", object]);
  const instructions: Instruction[] = [];
  let within = "";
  for (const line of stdout.split("\n")) {
    within = /^[0-9a-f]+ <(.+)>:$/.exec(line)?.[1] ?? within;
    const [, bytes, text] = /^ *[0-9a-f]+:\t((?:[0-9a-f]{2} )+) *\t(.*)$/.exec(line) ?? [];
    if (text !== undefined) instructions.push({ within, bytes: bytes!.trim().split(" "), text });
  }
  return instructions;
}

Deno.test({
  name: "the avxvnni path multiplies in the VEX encoding and asks for no AVX-512, compiled where it cannot run",
  ignore: Deno.build.arch !== "x86_64",
  fn: () =>
    withFolder(async (folder) => {
      const object = `${folder}/simd.o`;
      const flags = ["-std=c11", "-O3", "-fPIC", ...PATHS["avxvnni"]!.flags];
      const source = path("../../kernels/int8/simd.avxvnni.c");
      const { code, stderr } = await run(Deno.env.get("CC") || "cc", [...flags, "-c", source, "-o", object]);
      assertEquals(code, 0, stderr);
      const instructions = await disassemble(object);
      assert(instructions.length > 400, `${instructions.length} instructions`);
      const products = instructions.filter(({ text }) => text.includes("vpdpbusd"));
      for (const [name, least] of DOT_PRODUCTS) {
        const count = products.filter(({ within }) => name.test(within)).length;
        assert(count >= least, `${name}: ${count} times vpdpbusd`);
      }
      for (const { within, bytes, text } of products) assertEquals(bytes[0], VEX, `${within}: ${text}`);
      for (const { within, bytes, text } of instructions) {
        assert(bytes[0] !== EVEX && !/%zmm|%k[0-7]\b|%[xy]mm(1[6-9]|[23]\d)/.test(text), `${within}: ${text}`);
      }
    }),
});
