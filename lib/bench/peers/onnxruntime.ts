/**
 * onnxruntime's QLinearConv, forward only, in a process of its own: its npm
 * package is no dependency of eoq.
 *
 * @module
 */

import { z } from "zod";
import { runModule } from "../../package/child.ts";
import { batchMacs } from "../shapes.ts";
import type { ActivationType } from "./onnx_model.ts";
import { type Found, type KernelPeer, NOT_INSTALLED } from "./peer.ts";
import { PeerProcess } from "./process.ts";

const PERMISSIONS = ["--no-prompt", "--allow-read", "--allow-ffi", "--allow-env", "--allow-sys"];
const VARIANTS: Readonly<Record<string, ActivationType>> = { s8s8: "int8", u8s8: "uint8" };

const factsSchema = z.object({ version: z.string(), path: z.string() });

/** Starts onnxruntime where it is installed. */
export async function openOnnxRuntime(threads: number): Promise<Found<KernelPeer>> {
  const process = await PeerProcess.start({
    name: "onnxruntime",
    command: "deno",
    args: runModule("bench/peers/onnxruntime.ts", PERMISSIONS),
  });
  if (process === undefined) {
    const install = "npm install --no-save --ignore-scripts onnxruntime-node";
    return { peer: "onnxruntime", reason: NOT_INSTALLED, install };
  }
  const { version, path } = factsSchema.parse(process.facts);
  return {
    about: { peer: "onnxruntime", version, from: path },
    convolution: async ({ conv, batch, phase }) => {
      const contestants = [];
      for (const [variant, type] of phase === "forward" ? Object.entries(VARIANTS) : []) {
        contestants.push(
          {
            subject: "onnxruntime",
            variant,
            arithmetic: "int8",
            isa: "native",
            threads,
            work: batchMacs(conv, batch) / 1e9,
            ...await process.prepare({ conv, batch, type, threads }),
          } as const,
        );
      }
      return contestants;
    },
    close: () => process.close(),
  };
}
