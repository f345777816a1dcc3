/**
 * The library for macOS, which nothing here runs: its sources are compiled with
 * the flags of a Mac, linked, and read. `zig` has clang, Apple's headers and a
 * linker for it (PyPI's ziglang); llvm reads what comes of it.
 *
 * @module
 */

import { compileLibrary, OUTPUT } from "../../lib/native/build.ts";
import { PATHS } from "../../lib/native/paths.ts";
import { SYMBOLS } from "../../lib/native/symbols.ts";
import { pythons } from "../../lib/bench/peers/python.ts";
import { run } from "../native/compile.ts";
import { disassemble, type ObjectReaders } from "../native/float_instructions.ts";
import { type Target, testLibrary } from "./integers.ts";

/** Processors of Macs, as Deno names them, and as Apple and Mach-O do (mach/machine.h). */
const MACS = [
  { arch: "aarch64", apple: "arm64", type: 0x0100_000c },
  { arch: "x86_64", apple: "x86_64", type: 0x0100_0007 },
] as const;

type Mac = typeof MACS[number];

/** The oldest macOS that the library is compiled for, which decides what of libSystem may be called. */
const RELEASE = "13.0";

/** How zig is called where it is installed as Python's package, and as itself. */
const ZIGS = [...pythons().map(({ command }) => [command, "-m", "ziglang"]), ["zig"]];

/** What reads Apple's objects; without being told, llvm knows no more of Arm than its first version. */
const READERS = { objdump: ["llvm-objdump", "--mattr=+v8.6a"], nm: "llvm-nm" } as const;

/** What multiplies in the int8 kernels of a path, which its flags must have brought. */
const PRODUCTS: Readonly<Record<string, RegExp>> = {
  ...{ neon: /^smull/, neondot: /^sdot/, neoni8mm: /^smmla/ },
  ...{ avx2: /^vpmaddwd/, avxvnni: /vpdpbusd/, "avx512vnni-256": /^vpdpbusd/, avx512vnni: /^vpdpbusd/ },
};

/** Zig, as a shell calls it, its version and the folder of its headers. */
interface Zig {
  readonly command: string;
  readonly version: string;
  readonly headers: string;
}

async function findZig(): Promise<Zig | undefined> {
  for (const [command, ...args] of ZIGS) {
    const answer = await run(command!, [...args, "env"]).catch(() => undefined);
    const [headers, version] = ["lib_dir", "version"].map((key) =>
      new RegExp(`\\b${key}\\W+"([^"]+)"`).exec(answer?.stdout ?? "")?.[1]
    );
    if (headers !== undefined && version !== undefined) {
      return { command: [command, ...args].join(" "), version, headers };
    }
  }
  return undefined;
}

/** Why macOS is not tested here, if it is not. */
async function missing(zig: Zig | undefined): Promise<string | undefined> {
  if (zig === undefined) return "no zig here (pip install ziglang==0.17.1)";
  for (const reader of [READERS.objdump[0], READERS.nm]) {
    if (!await run(reader, ["--version"]).then(({ code }) => code === 0, () => false)) {
      return `no ${reader} here, on Debian: apt-get install llvm`;
    }
  }
  return undefined;
}

/** Of x86-64 nothing need be told, and Arm's versions are not known. */
function readersOf(arch: Mac["arch"]): ObjectReaders {
  return arch === "aarch64" ? READERS : { ...READERS, objdump: [READERS.objdump[0]] };
}

/**
 * A compiler as a Mac's `cc` is one. zig's own driver spells processors in its own way, so clang, which it has beside
 * it, compiles with our flags as they are, and zig links.
 */
async function compilerFor({ arch, apple }: Mac, { command, headers }: Zig, folder: string): Promise<string> {
  const script = `${folder}/cc`, system = `${headers}/libc/include/any-darwin-any`;
  await Deno.writeTextFile(
    script,
    `#!/bin/sh
case " $* " in
*" -c "*) exec ${command} clang -target ${apple}-apple-macos${RELEASE} -nostdinc -isystem ${headers}/include \\
  -isystem ${system} "$@" ;;
*) exec ${command} cc -target ${arch}-macos.${RELEASE} "$@" ;;
esac
`,
    { mode: 0o755 },
  );
  return script;
}

/** What of a library is not as it must be on a Mac. */
async function complaintsOf({ arch, type }: Mac, folder: string): Promise<string[]> {
  const file = `${folder}/${OUTPUT}`, complaints: string[] = [];
  const head = new DataView((await Deno.readFile(file)).buffer);
  const [magic, cpu, kind] = [0, 4, 12].map((at) => head.getUint32(at, true));
  const DYLIB = 6;
  if (magic !== 0xfeed_facf || cpu !== type || kind !== DYLIB) complaints.push("no dynamic library of that processor");
  const { stdout: defined } = await run(READERS.nm, ["--extern-only", "--defined-only", file]);
  const exports = [...defined.matchAll(/^[0-9a-f]+ T _(\w+)$/gm)].map(([, name]) => name!).sort();
  const wanted = Object.keys(SYMBOLS).sort();
  if (exports.join() !== wanted.join()) {
    const differ = new Set(exports).symmetricDifference(new Set(wanted));
    complaints.push(`exports differ: ${[...differ].join(", ")}`);
  }
  const { stdout: used } = await run(READERS.objdump[0], ["--macho", "--dylibs-used", file]);
  const libraries = [...used.matchAll(/^\t(\S+) /gm)].map(([, name]) => name!).slice(1);
  if (libraries.join() !== "/usr/lib/libSystem.B.dylib") complaints.push(`needs ${libraries.join(", ")}`);
  for (const [name, path] of Object.entries(PATHS).filter(([, each]) => each.arch === arch)) {
    const { counts } = await disassemble(`${folder}/int8/simd.${name}.c.o`, path.arch, readersOf(arch));
    const products = [...counts].reduce((sum, [each, n]) => PRODUCTS[name]!.test(each) ? sum + n : sum, 0);
    if (products < 100) complaints.push(`${name}: ${products} products in its kernels`);
  }
  return complaints;
}

/** Compiles, links and reads the library for both kinds of Macs. @returns what was not run, and what failed */
export async function testMacs(): Promise<{ readonly notRun: readonly string[]; readonly failed: readonly string[] }> {
  const zig = await findZig(), reason = await missing(zig);
  if (reason !== undefined) return { notRun: [`macOS: neither compiled nor run: ${reason}`], failed: [] };
  const failed: string[] = [];
  for (const mac of MACS) {
    const folder = await Deno.makeTempDir({ prefix: "eoq-macos-" }), begin = performance.now();
    const about = `macOS on ${mac.arch}, compiled by zig ${zig!.version}`;
    try {
      const compiler = await compilerFor(mac, zig!, folder);
      const sources = await compileLibrary({ command: compiler, version: "" }, mac.arch, folder);
      const complaints = await complaintsOf(mac, folder);
      const seconds = ((performance.now() - begin) / 1000).toFixed(0);
      console.log(
        `${about}: ${complaints.length === 0 ? "linked" : `FAILED: ${complaints.join("; ")}`} (${seconds} s)`,
      );
      if (complaints.length > 0) failed.push(about);
      const target: Target = { about, processor: mac.arch, compiler, readers: readersOf(mac.arch), flags: [] };
      failed.push(...await testLibrary(target, folder, sources));
    } catch (error) {
      console.log(`${about}: FAILED: ${error instanceof Error ? error.message : error}`);
      failed.push(about);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  return { notRun: ["macOS on aarch64 and x86_64: compiled, linked and disassembled, never run"], failed };
}
