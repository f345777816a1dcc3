/**
 * Writes a network that learns in a browser as one page: the C of a device,
 * compiled to WebAssembly, and what shows and teaches it.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { convolutions, type ConvPlan, outputSize, type Plan } from "../../plan/plan.ts";
import { writeC } from "../c/write.ts";
import type { ExportedFile, Trained } from "../format.ts";
import { compileModule } from "./compile.ts";
import { pageOf } from "./page.ts";

/** More than a module can have: every call has room for all its sums, which whole layers are computed in. */
const RAM = 2 ** 40;

/** The inner loops with the vectors of WebAssembly. */
const REPLACED = { "kernels/device/products.h": "kernels/device/products_simd128.h" };

const roundedUp = (n: number, unit: number) => Math.ceil(n / unit) * unit;

/** Whether kernels/device/winograd_simd128.h may compute a convolution. */
function mayHavePoints({ height, width, inputs, outputs, kernel, stride }: ConvPlan): boolean {
  return kernel === 3 && stride === 1 && inputs % 8 === 0 && outputs % 8 === 0 && height * width < 2048;
}

/** Sizes of the working memory of one convolution, in elements. */
function sizesOfConvolution(conv: ConvPlan) {
  const { height, width, inputs, outputs, kernel, stride, padding } = conv, out = outputSize(conv);
  const around = (border: number) => (height + 2 * border) * (width + 2 * border);
  const most = Math.max(inputs, outputs);
  // Tiles of 4 by 4 have 36 points; there are pairs side by side, and fours, and what they read begins 2 pixels apart.
  const rows = roundedUp(height, 4), columns = roundedUp(width, 8), pointed = mayHavePoints(conv);
  const points = pointed ? 36 * most : 0, tiles = roundedUp(rows * columns / 16, 4);
  const tiled = pointed ? (rows + 3) * (columns + 4) * most : 0;
  return {
    PACKED: kernel * kernel * Math.max(
      roundedUp(outputs, 8) * roundedUp(inputs, 2),
      roundedUp(inputs, 8) * roundedUp(outputs, 2),
    ),
    SOURCE: Math.max(
      around(padding) * 2 * inputs,
      (out.height + 2 * (kernel - 1)) * (out.width + 2 * (kernel - 1)) * roundedUp(outputs, 2),
      2 * tiled,
    ),
    FACTORS: out.height * roundedUp(out.width, 2) * roundedUp(outputs, 4),
    PADDED: Math.max((around(padding) + stride) * inputs, tiled),
    POINTS: points * tiles,
    OTHER_POINTS: points * Math.max(tiles, 8),
  };
}

/** Sizes of all working memory of kernels/device/tiles_simd128.h and winograd_simd128.h, which have no other. */
function sizesOf(plan: Plan): string[] {
  const sizes = convolutions(plan).map(sizesOfConvolution);
  return (["PACKED", "SOURCE", "FACTORS", "PADDED", "POINTS", "OTHER_POINTS"] as const).map((name) =>
    `EOQ_MOST_${name}=${Math.max(1, ...sizes.map((each) => each[name]))}`
  );
}

/** Names of the classes, where the run's dataset has none. */
function namesOf({ classNames, network: { plan } }: Trained): readonly string[] {
  return classNames ?? Array.from({ length: plan.classes }, (_, i) => String(i));
}

/**
 * Writes the page.
 *
 * @throws {UserError} when clang or lld is missing, or naming what a device does not do.
 * @throws {RunError} when they reject the sources.
 */
export async function writeHtml(trained: Trained): Promise<readonly ExportedFile[]> {
  const { checkpoint: { config }, network: { plan }, version } = trained;
  if (config.method !== "eoq") {
    throw new UserError(`export --format html: ${config.method} is not eoq: a page has one image, and no statistics`);
  }
  const files = await writeC(trained, { ram: RAM, replaced: REPLACED });
  const sources = files.filter(({ name }) => /^eoq_model\.[ch]$/.test(name)).map(({ name, bytes }) => ({
    name,
    text: new TextDecoder().decode(bytes),
  }));
  const module = await compileModule(sources, sizesOf(plan));
  const { height, width, channels } = plan, names = namesOf(trained);
  const page = await pageOf(
    {
      ...{ model: config.model, height, width, channels, names },
      about: `${config.model} for images of ${height}x${width}x${channels}, ${names.length} classes`,
      digits: config.dataset === "mnist" && channels === 1,
    },
    module,
    version,
  );
  return [{ name: "", bytes: new TextEncoder().encode(page) }];
}
