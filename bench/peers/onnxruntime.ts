/**
 * onnxruntime in a process of its own: a request a line in, an answer a line
 * out (lib/bench/peers/process.ts). It need not be installed: where npm put
 * it, the working directory or this checkout or above, is where it is found.
 *
 * @module
 */

import { createRequire } from "node:module";
import { type ActivationType, quantizedConvolution } from "../../lib/bench/peers/onnx_model.ts";
import { mix32 } from "../../lib/random.ts";
import { convElements, type ConvPlan } from "../../lib/plan/plan.ts";

interface Session {
  run(feeds: Record<string, unknown>): Promise<unknown>;
  release(): Promise<void>;
}

interface OnnxRuntime {
  readonly InferenceSession: { create(model: Uint8Array, options: Record<string, unknown>): Promise<Session> };
  readonly env?: { readonly versions?: { readonly node?: string } };
  readonly Tensor: new (type: string, data: Int8Array | Uint8Array, dims: readonly number[]) => unknown;
}

interface Prepare {
  readonly id: number;
  readonly conv: ConvPlan;
  readonly batch: number;
  readonly type: ActivationType;
  readonly threads: number;
}

type Request =
  | { readonly command: "prepare" } & Prepare
  | { readonly command: "sample"; readonly id: number; readonly repetitions: number }
  | { readonly command: "release"; readonly id: number };

function load(): { readonly runtime: OnnxRuntime; readonly path: string } | undefined {
  for (const from of [`${Deno.cwd()}/`, import.meta.url]) {
    try {
      const { resolve } = createRequire(from);
      return { runtime: createRequire(from)("onnxruntime-node") as OnnxRuntime, path: resolve("onnxruntime-node") };
    } catch {
      // Not there, or not for this machine: the next place may have it.
    }
  }
  return undefined;
}

function answer(value: Record<string, unknown>): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

/** A session and what it is fed. */
interface Prepared {
  readonly session: Session;
  readonly feeds: Record<string, unknown>;
}

async function prepare(runtime: OnnxRuntime, { conv, batch, type, threads }: Prepare): Promise<Prepared> {
  const { input, weights } = convElements(conv);
  const bytes = (count: number) => new Uint8Array(count).map((_, i) => mix32(i));
  const model = quantizedConvolution(conv, batch, type, new Int8Array(bytes(weights).buffer));
  const options = { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: "all" };
  const x = bytes(batch * input);
  const data = type === "int8" ? new Int8Array(x.buffer) : x;
  return {
    session: await runtime.InferenceSession.create(model, options),
    feeds: { x: new runtime.Tensor(type, data, [batch, conv.height, conv.width, conv.inputs]) },
  };
}

async function secondsOf({ session, feeds }: Prepared, repetitions: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repetitions; i++) await session.run(feeds);
  return (performance.now() - start) / 1000;
}

async function serve(
  runtime: OnnxRuntime,
  prepared: Map<number, Prepared>,
  request: Request,
): Promise<Record<string, unknown>> {
  switch (request.command) {
    case "prepare":
      prepared.set(request.id, await prepare(runtime, request));
      return {};
    case "sample":
      return { seconds: await secondsOf(prepared.get(request.id)!, request.repetitions) };
    case "release":
      await prepared.get(request.id)!.session.release();
      prepared.delete(request.id);
      return {};
  }
}

const loaded = load();
if (loaded === undefined) {
  answer({ ready: false });
} else {
  const { runtime, path } = loaded;
  answer({ ready: true, version: runtime.env?.versions?.node ?? "of unknown version", path });
  const prepared = new Map<number, Prepared>();
  let pending = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (pending + text).split("\n");
    pending = lines.pop()!;
    for (const line of lines) {
      answer(await serve(runtime, prepared, JSON.parse(line) as Request).catch((error) => ({ error: String(error) })));
    }
  }
}
