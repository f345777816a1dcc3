/**
 * Writes a network that learns in a browser as one page: the C of a device,
 * compiled to WebAssembly, and what shows and teaches it.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { convolutions, outputSize, type Plan } from "../../plan/plan.ts";
import { writeC } from "../c/write.ts";
import type { ExportedFile, Trained } from "../format.ts";
import { compileModule } from "./compile.ts";
import { pageOf } from "./page.ts";

/** More than a module can have: every call has room for all its sums, which whole layers are computed in. */
const RAM = 2 ** 40;

/** The inner loops with the vectors of WebAssembly. */
const REPLACED = { "kernels/device/products.h": "kernels/device/products_simd128.h" };

const roundedUp = (n: number, unit: number) => Math.ceil(n / unit) * unit;

/** Sizes of the working memory of kernels/device/tiles_simd128.h, which has lanes in eights and reads pairs. */
function sizesOf(plan: Plan): string[] {
  const sizes = convolutions(plan).map((conv) => {
    const { height, width, inputs, outputs, kernel, stride, padding } = conv, out = outputSize(conv);
    const around = (border: number) => (height + 2 * border) * (width + 2 * border);
    return {
      PACKED: kernel * kernel * Math.max(
        roundedUp(outputs, 8) * roundedUp(inputs, 2),
        roundedUp(inputs, 8) * roundedUp(outputs, 2),
      ),
      SOURCE: Math.max(
        around(padding) * 2 * inputs,
        (out.height + 2 * (kernel - 1)) * (out.width + 2 * (kernel - 1)) * roundedUp(outputs, 2),
      ),
      FACTORS: out.height * roundedUp(out.width, 2) * roundedUp(outputs, 4),
      PADDED: (around(padding) + stride) * inputs,
    };
  });
  return (["PACKED", "SOURCE", "FACTORS", "PADDED"] as const).map((name) =>
    `EOQ_MOST_${name}=${Math.max(...sizes.map((each) => each[name]))}`
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
