/**
 * The handle of the kernel library: opened on demand, never at import, so that
 * `eoq --help` needs neither a compiler nor a permission.
 *
 * @module
 */

import { messageOf, RunError, UserError } from "../errors.ts";
import { unknownWord } from "../words.ts";
import { buildLibrary, type BuildVariant, type BuiltLibrary } from "./build.ts";
import { INT8_KERNELS, type KernelName, KERNELS } from "./declarations.ts";
import type { Symbols } from "./functions.ts";
import type { Kernels } from "./kernels.ts";
import { ABI_VERSION, SYMBOLS } from "./symbols.ts";
import { flatten, KERNEL_NAMES, LAYOUTS, Slot, WordBuffer, type Words } from "./words.ts";

/** What {@linkcode openLibrary} can be told. */
export interface LibraryOptions {
  /** Instruction-set path: argument, else `$EOQ_ISA`, else the best this CPU runs. */
  readonly isa?: string | undefined;
  /** Threads a kernel call uses: argument, else `$EOQ_THREADS`, else all cores. */
  readonly threads?: number | undefined;
  /** `integer-only` holds no fp32 kernels; tests compare its results with the normal one. `counting` has one thread and one path. */
  readonly variant?: BuildVariant;
}

/** An instruction-set path and whether it can run. */
export interface IsaPath {
  /** As `--isa` takes it. */
  readonly name: string;
  /** Whether the library holds it. */
  readonly built: boolean;
  /** Whether this CPU can run it. */
  readonly supported: boolean;
}

/** What decided which path runs. */
export type IsaReason = "argument" | "environment" | "detection";

/** An open kernel library. */
export class Library implements Kernels {
  /** The file that it was loaded from. */
  readonly built: BuiltLibrary;
  /** Why the selected path runs. */
  isaReason: IsaReason = "detection";
  #library: { close(): void } | undefined;
  #symbols: Symbols | undefined;

  /** Loads a library; {@linkcode openLibrary} builds it too. @throws {UserError} when it cannot be loaded. */
  constructor(built: BuiltLibrary, variant: BuildVariant) {
    this.built = built;
    let opened;
    try {
      opened = Deno.dlopen(built.path, SYMBOLS);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      throw new UserError(`cannot load the kernel library ${built.path}: ${messageOf(error).split("\n")[0]}`);
    }
    this.#library = opened;
    this.#symbols = opened.symbols;
    const version = this.#symbols.eoq_abi_version();
    const kernels = version === ABI_VERSION ? this.#kernelTexts() : [];
    const expected = kernelTexts(variant === "integer-only" ? INT8_KERNELS : KERNELS);
    if (kernels.join() !== expected.join()) {
      this.close();
      throw new UserError(
        version === ABI_VERSION
          ? `the kernel library ${built.path} has other kernels than this eoq`
          : `the kernel library ${built.path} has ABI ${version}, this eoq needs ${ABI_VERSION}`,
      );
    }
  }

  /** The kernels as the library declares them. */
  #kernelTexts(): string[] {
    const text = new Uint8Array(1024);
    return Array.from({ length: this.symbols.eoq_kernel_count() }, (_, kernel) => {
      this.check(this.symbols.eoq_kernel_text(kernel, text, BigInt(text.byteLength)));
      return cString(text);
    });
  }

  /**
   * Runs a kernel now.
   *
   * @internal
   * @throws {RunError} with the library's text when it refuses.
   */
  call<K extends KernelName>(kernel: K, words: Words<K>): void {
    const layout = LAYOUTS[kernel], buffer = new WordBuffer(layout.length);
    flatten(kernel, words).forEach((value, i) => {
      if (value instanceof Slot) {
        throw new RunError(`${kernel}: ${layout[i]!.name} is a slot, which only programs have`);
      }
      buffer.set(i, layout[i]!.kind, typeof value === "object" ? value.handle : value ?? 0);
    });
    const { bytes } = buffer;
    this.check(this.symbols.eoq_call(KERNEL_NAMES.indexOf(kernel), bytes, BigInt(bytes.byteLength)));
  }

  /**
   * The C functions.
   *
   * @internal
   * @throws {RunError} after {@linkcode Library.close}, where a call would crash.
   */
  get symbols(): Symbols {
    if (this.#symbols === undefined) throw new RunError("the kernel library is closed");
    return this.#symbols;
  }

  /** Returns a status that is not negative; throws the library's own text otherwise. */
  check(status: number): number {
    if (status >= 0) return status;
    const text = new Uint8Array(256);
    this.symbols.eoq_last_error(text, BigInt(text.byteLength));
    throw new RunError(`kernel: ${cString(text)}`);
  }

  /** All paths, worst first. */
  isaPaths(): IsaPath[] {
    const text = new Uint8Array(32);
    return Array.from({ length: this.symbols.eoq_isa_count() }, (_, isa) => {
      this.check(this.symbols.eoq_isa_name(isa, text, BigInt(text.byteLength)));
      return {
        name: cString(text),
        built: this.symbols.eoq_isa_built(isa) === 1,
        supported: this.symbols.eoq_isa_supported(isa) === 1,
      };
    });
  }

  /** Name of the path that runs. */
  get isa(): string {
    return this.isaPaths()[this.symbols.eoq_isa_selected()]!.name;
  }

  /** Selects a path by name. @throws {UserError} when it is unknown or cannot run here. */
  selectIsa(name: string): void {
    const paths = this.isaPaths();
    const index = paths.findIndex((path) => path.name === name);
    const path = paths[index];
    if (path === undefined) throw unknownWord("ISA path", name, paths.map((each) => each.name));
    if (!path.built) throw new UserError(`ISA path "${name}" is not built into the kernel library`);
    if (!path.supported) throw new UserError(`ISA path "${name}" cannot run: this CPU lacks it`);
    this.check(this.symbols.eoq_isa_select(index));
  }

  /** Threads that share a kernel call. */
  get threads(): number {
    return this.symbols.eoq_threads();
  }

  /** Sets the threads that share a kernel call, 1 to 256. */
  setThreads(threads: number): void {
    this.check(this.symbols.eoq_threads_set(threads));
  }

  /** Stops the threads and unloads the library. */
  close(): void {
    if (this.#library === undefined) return;
    this.#symbols?.eoq_threads_set(1);
    this.#symbols = undefined;
    this.#library.close();
    this.#library = undefined;
  }

  /** Closes it at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Declarations as a library writes them down. */
function kernelTexts(kernels: Readonly<Record<string, string>>): string[] {
  return Object.entries(kernels).map(([name, list]) => `${name}(${list}, )`);
}

function cString(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

function threadsFromEnvironment(): number | undefined {
  const text = Deno.env.get("EOQ_THREADS");
  if (text === undefined || text === "") return undefined;
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new UserError(`EOQ_THREADS: "${text}" is not a whole number from 1 to 256`);
  }
  return threads;
}

/**
 * Builds (if need be) and opens the kernel library with its path and threads
 * selected.
 *
 * @throws {UserError} when the compiler, the path or a setting is at fault.
 */
export async function openLibrary(options: LibraryOptions = {}): Promise<Library> {
  const variant = options.variant ?? "normal";
  const threads = options.threads ?? threadsFromEnvironment() ?? navigator.hardwareConcurrency;
  const library = new Library(await buildLibrary(variant), variant);
  try {
    const environment = Deno.env.get("EOQ_ISA") || undefined;
    const best = library.isaPaths().findLast((path) => path.built && path.supported);
    library.isaReason = options.isa ? "argument" : environment ? "environment" : "detection";
    library.selectIsa(options.isa ?? environment ?? best?.name ?? "scalar");
    library.setThreads(Math.min(threads, 256));
  } catch (error) {
    library.close();
    throw error;
  }
  return library;
}
