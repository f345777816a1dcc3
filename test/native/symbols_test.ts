import { assertEquals } from "@std/assert";
import { SYMBOLS } from "../../lib/native/symbols.ts";

const C_TYPES: Readonly<Record<string, string>> = {
  int32_t: "i32",
  uint32_t: "u32",
  size_t: "usize",
  float: "f32",
  "uint8_t *": "buffer",
  "const uint8_t *": "buffer",
};

/** Parameter types of every function that the header declares, in FFI's words. */
async function declared(path: string): Promise<[string, string[]][]> {
  const header = await Deno.readTextFile(new URL(`../../kernels/${path}`, import.meta.url));
  return [...header.matchAll(/EOQ_API int32_t (\w+)\(([^)]*)\);/g)].map(([, name, list]) => {
    const parameters = list!.trim() === "void" ? [] : list!.split(",").map((each) => {
      const type = each.trim().replace(/\s+/g, " ").replace(/\w+$/, "").trim();
      return C_TYPES[type] ?? `unknown C type "${type}"`;
    });
    return [name!, parameters];
  });
}

Deno.test("the FFI table is what the headers declare", async () => {
  const headers = await Promise.all(["eoq.h", "eoq_int8.h", "eoq_fp32.h"].map(declared));
  const table = Object.entries(SYMBOLS).map(([name, symbol]) => [name, [...symbol.parameters]] as [string, string[]]);
  assertEquals(Object.fromEntries(table), Object.fromEntries(headers.flat()));
});
