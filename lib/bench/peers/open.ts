/**
 * Which peers are there, and which are missing.
 *
 * @module
 */

import type { MissingMode } from "../../report/bench.ts";
import { openJax } from "./jax.ts";
import { openOnnxRuntime } from "./onnxruntime.ts";
import { type Found, isMissing, type KernelPeer, type MissingPeer, type StepPeer } from "./peer.ts";
import { openPyTorch } from "./pytorch.ts";
import { openSharedLibrary, SHARED_LIBRARIES } from "./shared_library.ts";

/** Peers that are open, until they are disposed, and those that are missing. */
export interface Peers<T> extends AsyncDisposable {
  readonly open: readonly T[];
  readonly missing: readonly MissingPeer[];
}

interface Closable {
  readonly close: () => void | Promise<void>;
}

/** No peers at all. */
export function noPeers<T extends Closable>(): Peers<T> {
  return sorted<T>([]);
}

function sorted<T extends Closable>(found: readonly Found<T>[]): Peers<T> {
  const open = found.filter((each): each is T => !isMissing(each));
  return {
    open,
    missing: found.filter((each): each is MissingPeer => isMissing(each)),
    [Symbol.asyncDispose]: async () => {
      for (const peer of open) await peer.close();
    },
  };
}

/** Opens the peers of the kernels, with so many threads each. */
export async function openKernelPeers(threads: number): Promise<Peers<KernelPeer>> {
  const found: Found<KernelPeer>[] = [];
  for (const source of SHARED_LIBRARIES) found.push(await openSharedLibrary(source, threads));
  found.push(await openOnnxRuntime(threads));
  return sorted(found);
}

/** Opens the peers of the steps, with so many threads each; tells of each way to take a step that then fails. */
export async function openStepPeers(
  threads: number,
  onMissing: (mode: MissingMode) => void,
): Promise<Peers<StepPeer>> {
  return sorted([await openPyTorch(threads, onMissing), await openJax(threads)]);
}
