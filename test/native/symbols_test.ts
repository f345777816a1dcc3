import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Signature, signatures } from "../../lib/native/signature.ts";
import { SYMBOLS } from "../../lib/native/symbols.ts";

const HEADERS = ["eoq.h", "eoq_int8.h", "eoq_fp32.h"];

const C_TYPES: Readonly<Record<string, string>> = {
  int32_t: "i32",
  uint32_t: "u32",
  size_t: "usize",
  float: "f32",
  "uint8_t *": "buffer",
  "const uint8_t *": "buffer",
};

/** Parameters of a function in their order, as "type name" in FFI's words. */
type Table = Readonly<Record<string, readonly string[]>>;

/** Every function that a header declares. */
async function declared(path: string): Promise<[string, string[]][]> {
  const header = await Deno.readTextFile(new URL(`../../kernels/${path}`, import.meta.url));
  return [...header.matchAll(/EOQ_API int32_t (\w+)\(([^)]*)\);/g)].map(([, name, list]) => {
    const parameters = list!.trim() === "void" ? [] : list!.split(",").map((each) => {
      const [, type, parameter] = each.trim().replace(/\s+/g, " ").match(/^(.*?) ?(\w+)$/)!;
      return `${C_TYPES[type!] ?? `unknown C type "${type}"`} ${parameter}`;
    });
    return [name!, parameters];
  });
}

/** A table as it is handed to dlopen, with the names beside the types. */
function described(symbols: Readonly<Record<string, Signature<readonly Deno.NativeType[]>>>): Table {
  return Object.fromEntries(
    Object.entries(symbols).map(([name, { parameters, names }]) => {
      assertEquals(names.length, parameters.length, name);
      return [name, names.map((each, i) => `${parameters[i]} ${each}`)];
    }),
  );
}

const headers: Table = Object.fromEntries((await Promise.all(HEADERS.map(declared))).flat());

Deno.test("the FFI table has the types and names of the headers, in their order", () => {
  assertEquals(described(SYMBOLS), headers);
});

Deno.test("two neighbouring names that change places in the FFI table are found out, whichever they are", () => {
  let swaps = 0;
  for (const [name, signature] of Object.entries(SYMBOLS)) {
    const { names } = signature;
    for (let i = 0; i + 1 < names.length; i++, swaps++) {
      const swapped = { ...signature, names: names.with(i, names[i + 1]!).with(i + 1, names[i]!) };
      assertNotEquals(described({ [name]: swapped })[name], headers[name], `${name}: ${swapped.names}`);
    }
  }
  assert(swaps > 100);
});

Deno.test("a table types its calls: as many arguments as names, each of its type", () => {
  const { f } = signatures({ f: "x, y, seed: u32" });
  assertEquals(f, { parameters: ["i32", "i32", "u32"], result: "i32", names: ["x", "y", "seed"] });
  const parameters: readonly ["i32", "i32", "u32"] = f.parameters;
  // @ts-expect-error a table that loses the tuple would let any number of arguments pass
  const fewer: readonly ["i32", "u32"] = f.parameters;
  assertEquals<readonly string[]>(parameters, fewer);
  type Call = Parameters<Deno.DynamicLibrary<typeof SYMBOLS>["symbols"]["eoq_tensor_write"]>;
  const call: Call = [1, 0n, new Uint8Array(1), 1n];
  // @ts-expect-error a number is no buffer
  const wrong: Call = [1, 0n, 1, 1n];
  assertEquals(call.length, wrong.length);
});
