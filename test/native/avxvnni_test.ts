import { assert, assertEquals } from "@std/assert";
import { ISA_FLAGS } from "../../lib/native/build.ts";
import { withFolder } from "../eoq.ts";
import { path, run } from "./compile.ts";

/** What a file's machine code must have, and how often at least. */
const DOT_PRODUCTS: Readonly<Record<string, number>> = { conv: 50, weights: 50, peak: 12, elementwise: 0 };

/** First byte of EVEX-encoded instructions and of three-byte VEX. */
const EVEX = "62", VEX = "c4";

/** Instructions as their bytes and text. */
async function disassemble(object: string): Promise<{ bytes: string[]; text: string }[]> {
  const { stdout } = await run("objdump", ["-d", "-w", object]);
  return [...stdout.matchAll(/^ *[0-9a-f]+:\t((?:[0-9a-f]{2} )+) *\t(.*)$/gm)].map(([, bytes, text]) => ({
    bytes: bytes!.trim().split(" "),
    text: text!,
  }));
}

Deno.test({
  name: "the avxvnni path multiplies in the VEX encoding and asks for no AVX-512, compiled where it cannot run",
  ignore: Deno.build.arch !== "x86_64",
  fn: () =>
    withFolder(async (folder) => {
      for (const [file, most] of Object.entries(DOT_PRODUCTS)) {
        const object = `${folder}/${file}.o`;
        const source = path(`../../kernels/int8/${file}.avxvnni.c`);
        const flags = ["-std=c11", "-O3", "-fPIC", ...ISA_FLAGS["avxvnni"]!];
        const { code, stderr } = await run(Deno.env.get("CC") || "cc", [...flags, "-c", source, "-o", object]);
        assertEquals(code, 0, stderr);
        const instructions = await disassemble(object);
        assert(instructions.length > 100 || file === "peak", `${file}: ${instructions.length} instructions`);
        const products = instructions.filter(({ text }) => text.includes("vpdpbusd"));
        assert(products.length >= most, `${file}: ${products.length} times vpdpbusd`);
        for (const { bytes, text } of products) assertEquals(bytes[0], VEX, text);
        for (const { bytes, text } of instructions) {
          assert(bytes[0] !== EVEX && !/%zmm|%k[0-7]\b|%[xy]mm(1[6-9]|[23]\d)/.test(text), `${file}: ${text}`);
        }
      }
    }),
});
