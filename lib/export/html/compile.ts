/**
 * Compiles an exported network to WebAssembly with SIMD, which every browser of
 * the last years runs: exact whole numbers alone, so that a phone comes to the
 * weights of a server.
 *
 * @module
 */

import { RunError, UserError } from "../../errors.ts";
import { runChild, runModule } from "../../package/child.ts";
import { NO_CLANG } from "./clang_child.ts";

/** A file of C. */
export interface SourceText {
  readonly name: string;
  readonly text: string;
}

/** Bytes of the stack, which lies in front of all data: one that is too small traps, and overwrites nothing. */
const STACK = 65_536;

/** No float is in the sources; no flag allows clang what is not exact. */
const FLAGS = [
  ...["--target=wasm32", "-std=c99", "-O3", "-msimd128", "-mbulk-memory", "-ffreestanding", "-nostdlib"],
  ...["-Wl,--no-entry", "-Wl,--strip-all", "-Wl,--stack-first", `-Wl,-z,stack-size=${STACK}`],
];

/** What the page calls. The image, the probabilities, the state and the hash lie where the page reads and writes them. */
const DOOR: SourceText = {
  name: "door.c",
  text: `#include "eoq_model.h"
#include <string.h>
#define OUT(name) __attribute__((export_name(#name)))
static uint8_t image_bytes[EOQ_IMAGE_BYTES], state_bytes[EOQ_STATE_BYTES];
static uint16_t shares[EOQ_CLASSES];
static char hex[65];
OUT(image) uint8_t *door_image(void) { return image_bytes; }
OUT(image_size) uint32_t door_image_size(void) { return EOQ_IMAGE_BYTES; }
OUT(classes) uint32_t door_classes(void) { return EOQ_CLASSES; }
OUT(probabilities) uint16_t *door_probabilities(void) { return shares; }
OUT(state) uint8_t *door_state(void) { return state_bytes; }
OUT(state_size) uint32_t door_state_size(void) { return EOQ_STATE_BYTES; }
OUT(reset) void door_reset(void) { eoq_init(); }
OUT(predict) int32_t door_predict(void) { return eoq_predict(image_bytes, shares); }
OUT(learn) int32_t door_learn(int32_t label) { return eoq_learn(image_bytes, label, EOQ_FULL_RATE); }
OUT(save) void door_save(void) { eoq_save(0, state_bytes, EOQ_STATE_BYTES); }
OUT(load) int32_t door_load(void) { return eoq_load(0, state_bytes, EOQ_STATE_BYTES) == 0; }
OUT(hash) char *door_hash(void) { eoq_hash(hex); return hex; }
`,
};

/** What compilers call without being asked to. */
const MEMORY: SourceText = {
  name: "memory.c",
  text: `#include "string.h"
void *memcpy(void *restrict to, const void *restrict from, size_t n) { return __builtin_memcpy(to, from, n); }
void *memset(void *to, int value, size_t n) { return __builtin_memset(to, value, n); }
`,
};

/** The one header of a C library that an exported network includes. */
const STRING: SourceText = {
  name: "string.h",
  text: `#include <stddef.h>
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int value, size_t n);
`,
};

const MODULE = "network.wasm";

const MISSING =
  "no clang that compiles for WebAssembly: install it, on Debian or Ubuntu with: apt-get install clang lld";

/** @throws {UserError} without clang and lld. @throws {RunError} with the first error of either. */
async function runClang(args: readonly string[], cwd: string): Promise<void> {
  const child = runModule("lib/export/html/clang_child.ts", ["--no-prompt", "--allow-run=clang"]);
  const { code, stderr } = await runChild("deno", { args: [...child, ...args], cwd, env: { LC_ALL: "C" } });
  if (code === 0) return;
  const lines = new TextDecoder().decode(stderr).split("\n");
  if (
    code === NO_CLANG || lines.some((line) => /wasm-ld|targets are incompatible|unable to create target/.test(line))
  ) {
    throw new UserError(MISSING);
  }
  const line = lines.find((each) => each.includes("error")) ?? lines[0] ?? "";
  throw new RunError(`clang failed on the exported network: ${line.trim()}`);
}

/**
 * The module of C without a library but memcpy and memset of its own.
 *
 * @throws {UserError} when clang or lld is missing, with what installs them.
 * @throws {RunError} when they reject the sources.
 */
export async function compileSources(sources: readonly SourceText[], defines: readonly string[]): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "eoq-wasm-" });
  try {
    const all = [...sources, MEMORY, STRING];
    for (const { name, text } of all) await Deno.writeTextFile(`${folder}/${name}`, text);
    const units = all.flatMap(({ name }) => name.endsWith(".c") ? [name] : []);
    await runClang([...FLAGS, ...defines.map((each) => `-D${each}`), "-I.", ...units, "-o", MODULE], folder);
    return await Deno.readFile(`${folder}/${MODULE}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The module of an exported network (`eoq_model.c`, `eoq_model.h`). It imports nothing. Throws as {@linkcode compileSources}. */
export function compileModule(sources: readonly SourceText[], defines: readonly string[]): Promise<Uint8Array> {
  return compileSources([...sources, DOOR], defines);
}
