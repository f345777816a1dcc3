/**
 * Writes a network that learns in a browser as one page: the C of a device,
 * compiled to WebAssembly, and what shows and teaches it.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { convolutions } from "../../plan/plan.ts";
import { writeC } from "../c/write.ts";
import type { ExportedFile, Trained } from "../format.ts";
import { compileModule } from "./compile.ts";
import { pageOf } from "./page.ts";
import { REPLACED, workingMemory } from "./vectors.ts";

/** More than a module can have: every call has room for all its sums, which whole layers are computed in. */
const RAM = 2 ** 40;

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
  const module = await compileModule(sources, workingMemory(convolutions(plan)));
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
