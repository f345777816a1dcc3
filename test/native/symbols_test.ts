import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { FP32_KERNELS, INT8_KERNELS, KERNELS, RECORDS } from "../../lib/native/declarations.ts";
import { type Signature, signatures } from "../../lib/native/signature.ts";
import { SYMBOLS } from "../../lib/native/symbols.ts";

const C_TYPES: Readonly<Record<string, string>> = {
  int32_t: "i32",
  uint32_t: "u32",
  size_t: "usize",
  float: "f32",
  "uint8_t *": "buffer",
  "const uint8_t *": "buffer",
};

/** Words as declarations in C mark them, and as those of TypeScript do. */
const C_KINDS: Readonly<Record<string, string>> = {
  EOQ_IN: ": in",
  EOQ_MAYBE_IN: ": in?",
  EOQ_OUT: ": out",
  EOQ_MAYBE_OUT: ": out?",
  EOQ_INOUT: ": inout",
  EOQ_MAYBE_INOUT: ": inout?",
  EOQ_SHAPE: ": shape",
  EOQ_INT: "",
  EOQ_UINT: ": u32",
  EOQ_FLOAT: ": f32",
  EOQ_GUESS: ": guess",
  EOQ_QUANTIZER: ": quantizer",
  EOQ_POLICY: ": policy",
};

/** Parameters of a function in their order, as "type name" in FFI's words. */
type Table = Readonly<Record<string, readonly string[]>>;

/** A C file without its comments. */
async function source(path: string): Promise<string> {
  const text = await Deno.readTextFile(new URL(`../../kernels/${path}`, import.meta.url));
  return text.replace(/\/\*[^]*?\*\//g, "");
}

/** Every function that eoq.h declares. */
async function declaredFunctions(): Promise<Table> {
  const header = await source("eoq.h");
  return Object.fromEntries([...header.matchAll(/EOQ_API int32_t (\w+)\(([^)]*)\);/g)].map(([, name, list]) => {
    const parameters = list!.trim() === "void" ? [] : list!.split(",").map((each) => {
      const [, type, parameter] = each.trim().replace(/\s+/g, " ").match(/^(.*?) ?(\w+)$/)!;
      return `${C_TYPES[type!] ?? `unknown C type "${type}"`} ${parameter}`;
    });
    return [name!, parameters];
  }));
}

/** Words that C declares somewhere, as a list in TypeScript. */
function wordsIn(text: string): string {
  const words = [...text.matchAll(/(EOQ_\w+)\((\w+)\)/g)].map(([, kind, name]) => {
    assert(C_KINDS[kind!] !== undefined, `unknown kind ${kind}`);
    return name! + C_KINDS[kind!];
  });
  return words.join(", ");
}

/** Every kernel that a declarations.inc lists, in its order. */
async function declaredKernels(path: string): Promise<[name: string, words: string][]> {
  return (await source(path)).split(/^EOQ_KERNEL\(/m).slice(1).map((each) => {
    const [, name, words] = /^(\w+),([^]*)\)\s*$/.exec(each)!;
    return [name!, wordsIn(words!)];
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

const header = await declaredFunctions();
const int8 = await declaredKernels("int8/declarations.inc"), fp32 = await declaredKernels("fp32/declarations.inc");

Deno.test("the FFI table has the types and names of the header, in their order", () => {
  assertEquals(described(SYMBOLS), header);
});

Deno.test("the kernels have the words of both declarations, in their order", () => {
  assertEquals(Object.entries(INT8_KERNELS), int8);
  assertEquals(Object.entries(FP32_KERNELS), fp32);
  assertEquals(Object.keys(KERNELS), [...int8, ...fp32].map(([name]) => name));
});

Deno.test("quantizers and policies have the words of core/words.h, in their order", async () => {
  const text = await source("core/words.h");
  const macro = (name: string) => new RegExp(`#define EOQ_${name}_WORDS((?:.*\\\\\n)*.*)`).exec(text)![1]!;
  assertEquals<Readonly<Record<string, string>>>(RECORDS, {
    quantizer: wordsIn(macro("QUANTIZER")),
    policy: wordsIn(macro("POLICY")),
  });
});

/** Lists with two neighbours changed over, as many as there are such pairs. */
function swaps(list: readonly string[]): string[][] {
  return list.slice(1).map((each, i) => list.with(i, each).with(i + 1, list[i]!));
}

Deno.test("two neighbouring names that change places in a table are found out, whichever they are", () => {
  let count = 0;
  for (const [name, signature] of Object.entries(SYMBOLS)) {
    for (const names of swaps(signature.names)) {
      assertNotEquals(described({ [name]: { ...signature, names } })[name], header[name], `${name}: ${names}`);
      count++;
    }
  }
  assert(count > 30, `${count} swaps`);
  count = 0;
  const declared = new Map([...int8, ...fp32]);
  for (const [name, list] of Object.entries(KERNELS)) {
    const entries = list.split(", "), names = entries.map((each) => each.split(": ")[0]!);
    for (const swapped of swaps(names)) {
      // The kinds stay where they are.
      const words = entries.map((each, i) => each.replace(/^\w+/, swapped[i]!)).join(", ");
      assertNotEquals(words, declared.get(name), words);
      count++;
    }
  }
  assert(count > 300, `${count} swaps`);
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
