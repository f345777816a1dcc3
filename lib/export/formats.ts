/**
 * The formats in which a trained network can be had.
 *
 * @module
 */

import type { ExportFormat } from "./format.ts";

/** By their names, in the order of the help. */
export const EXPORT_FORMATS: ReadonlyMap<string, ExportFormat> = new Map(Object.entries(
  {
    onnx: {
      about: "a model of standard ONNX operators, bytes of images in, logits out",
      writes: "file",
      ending: ".onnx",
      options: ["calibrate"],
      load: async () => (await import("./onnx/write.ts")).writeOnnx,
    },
    npz: {
      about: "weights as whole numbers with exponents, for numpy.load",
      writes: "file",
      ending: ".npz",
      options: [],
      load: async () => (await import("./npz.ts")).writeNpz,
    },
    safetensors: {
      about: "the same for the safetensors libraries of PyTorch and others",
      writes: "file",
      ending: ".safetensors",
      options: [],
      load: async () => (await import("./safetensors.ts")).writeSafetensors,
    },
    c: {
      about: "freestanding C that predicts and learns on a microcontroller, with the same integers",
      writes: "folder",
      ending: "-c",
      options: ["ram", "train"],
      load: async () => (await import("./c/write.ts")).writeC,
    },
    html: {
      about: "a page that predicts and learns in a browser, offline: draw, photograph, name",
      writes: "file",
      ending: ".html",
      options: [],
      load: async () => (await import("./html/write.ts")).writeHtml,
    },
  } satisfies Record<string, ExportFormat>,
));
