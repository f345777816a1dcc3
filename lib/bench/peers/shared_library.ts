/**
 * oneDNN and OpenBLAS: a small C file each (bench/peers), compiled on demand
 * against the system's library and loaded beside the kernels.
 *
 * @module
 */

import { RunError } from "../../errors.ts";
import { cachedLibrary, OUTPUT, runCompiler, writeSources } from "../../native/build.ts";
import { packageText } from "../../package/files.ts";
import type { ConvPlan } from "../../plan/plan.ts";
import type { Arithmetic } from "../../exec/methods.ts";
import type { Contestant } from "../contest.ts";
import type { ConvJob } from "../own_convolution.ts";
import { secondsOf } from "../sampling.ts";
import { batchMacs, CONV_PHASES } from "../shapes.ts";
import { type Found, type KernelPeer, NOT_INSTALLED, type PeerName } from "./peer.ts";

/** bench/peers/peer.h */
const PEER_SYMBOLS = {
  peer_version: { parameters: [], result: "pointer" },
  peer_threads: { parameters: [/* threads */ "i32"], result: "void" },
  peer_create: {
    parameters: [
      /* phase */ "i32",
      /* type */ "i32",
      /* n */ "i32",
      /* h */ "i32",
      /* w */ "i32",
      /* c */ "i32",
      /* k */ "i32",
      /* kernel */ "i32",
      /* stride */ "i32",
      /* pad */ "i32",
    ],
    result: "i32",
  },
  peer_run: { parameters: [/* handle */ "i32", /* repetitions */ "i32"], result: "i32" },
  peer_destroy: { parameters: [/* handle */ "i32"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Types in the order of peer.h; winograd trades multiplications for additions and can pass the peak. */
const TYPES: readonly { readonly variant: string; readonly arithmetic: Arithmetic }[] = [
  { variant: "fp32", arithmetic: "fp32" },
  { variant: "fp32-winograd", arithmetic: "fp32" },
  { variant: "s8s8", arithmetic: "int8" },
  { variant: "u8s8", arithmetic: "int8" },
];

interface Source {
  readonly name: PeerName;
  readonly file: string;
  readonly libraries: readonly string[];
  readonly install: string;
}

/** The peers of this kind. */
export const SHARED_LIBRARIES: readonly Source[] = [
  {
    name: "oneDNN",
    file: "onednn.c",
    libraries: ["-fopenmp", "-ldnnl"],
    install: "apt-get install libdnnl-dev",
  },
  {
    name: "OpenBLAS",
    file: "openblas.c",
    libraries: ["-lopenblas"],
    install: "apt-get install libopenblas-dev",
  },
];

const FLAGS = ["-std=c11", "-O2", "-fPIC", "-fvisibility=hidden", "-shared"];

/** Complaints of a compiler that looks in vain for a header or a library. */
const NOT_THERE = /no such file|file not found|cannot find -l|library not found/i;

/** Compiles and loads a peer for so many threads. @throws {UserError} when there is no compiler. */
export async function openSharedLibrary(source: Source, threads: number): Promise<Found<KernelPeer>> {
  const sources = await Promise.all(
    ["peer.h", source.file].map(async (path) => ({ path, text: await packageText(`bench/peers/${path}`) })),
  );
  try {
    const built = await cachedLibrary(
      "peer",
      [sources, FLAGS, source.libraries],
      async (compiler, folder) => {
        await writeSources(sources, folder);
        await runCompiler(compiler, [...FLAGS, source.file, "-o", OUTPUT, ...source.libraries], folder, source.file);
      },
    );
    return peerOf(source.name, Deno.dlopen(built.path, PEER_SYMBOLS), threads);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const reason = NOT_THERE.test(error.message) ? NOT_INSTALLED : `cannot be used (${error.message})`;
    return { peer: source.name, reason, install: source.install };
  }
}

function shape({ height, width, inputs, outputs, kernel, stride, padding }: ConvPlan) {
  return [height, width, inputs, outputs, kernel, stride, padding] as const;
}

function peerOf(name: PeerName, library: Deno.DynamicLibrary<typeof PEER_SYMBOLS>, threads: number): KernelPeer {
  const { peer_version, peer_threads, peer_create, peer_run, peer_destroy } = library.symbols;
  peer_threads(threads);
  const contestant = ({ conv, batch, phase }: ConvJob, type: number): Contestant | undefined => {
    const handle = peer_create(CONV_PHASES.indexOf(phase), type, batch, ...shape(conv));
    if (handle === 0) return undefined;
    const check = (status: number) => {
      if (status < 0) throw new RunError(`${name} failed on a convolution`);
    };
    check(handle);
    return {
      subject: name,
      ...TYPES[type]!,
      isa: "native",
      threads,
      work: batchMacs(conv, batch) / 1e9,
      run: (repetitions) => secondsOf(() => check(peer_run(handle, repetitions))),
      close: () => peer_destroy(handle),
    };
  };
  const version = new Deno.UnsafePointerView(peer_version()!).getCString().trim();
  return {
    about: { peer: name, version, from: "the system's library" },
    convolution: (job) =>
      Promise.resolve(TYPES.map((_, type) => contestant(job, type)).filter((each) => each !== undefined)),
    close: () => library.close(),
  };
}
