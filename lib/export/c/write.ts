/**
 * Writes a network that learns on a microcontroller as C: its step, a test of
 * it, a Makefile for host and boards, and what it takes of memory.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { FULL_RATE, type Network } from "../../exec/network.ts";
import type { EoqRecipe } from "../../exec/recipe.ts";
import { packageText } from "../../package/files.ts";
import { sha256 } from "../../package/sha256.ts";
import { weightsSha256 } from "../../train/weights_hash.ts";
import type { ExportedFile, ExportSettings, Trained } from "../format.ts";
import { type Board, BOARDS, firmwareBytes, linkerScript, makefileText, STACK_BYTES } from "./boards.ts";
import { fit, ramOf } from "./fit.ts";
import type { Replaced } from "./headers.ts";
import { headerText } from "./header.ts";
import { readmeText } from "./readme.ts";
import { sampleAt, SELF_TEST_STEPS } from "./selftest.ts";
import { deviceBytes, sourceOf } from "./source.ts";
import { deviceState } from "./state.ts";

const FOLDER = "kernels/device/boards";

/** Names what tells states of this network from others. */
async function identityOf(network: Network, recipe: EoqRecipe, seed: number): Promise<number> {
  // The momentum's bits are in its type: states of versions without that key go on being of their network.
  const { momentumBits: _bits, ...keys } = recipe;
  const shapes = network.state().map(({ name, type, shape, exponent }) => [name, type, shape, exponent]);
  const digest = await sha256(new TextEncoder().encode(JSON.stringify([shapes, keys, seed])));
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0, true);
}

/** The exponent of a network's first learning rate. */
function rateExponentOf(network: Network): number {
  const { height, width, channels } = network.plan;
  const image = { images: new Uint8Array(height * width * channels), labels: Int16Array.of(0), count: 1 };
  const { slots } = network.prepareStep(image, { step: 0, rate: FULL_RATE });
  // A mantissa of 128, which is 2^7, stands for the whole rate.
  return slots["exponent"]! + 7;
}

interface SelfTest {
  readonly firstHash: string;
  readonly lastHash: string;
  readonly nextClass: number;
}

/** Runs the steps of the self-test. */
async function runSelfTest(network: Network): Promise<SelfTest> {
  const firstHash = await weightsSha256(network.state());
  for (let step = 0; step < SELF_TEST_STEPS; step++) {
    network.trainStep(sampleAt(network.plan, step), { step, rate: FULL_RATE });
  }
  const lastHash = await weightsSha256(network.state());
  const { images } = sampleAt(network.plan, SELF_TEST_STEPS);
  const classes = Array.from({ length: network.plan.classes }, (_, i) => i);
  const nextClass = classes.find((label) =>
    network.evaluate({ images, labels: Int16Array.of(label), count: 1 }).correct === 1
  )!;
  return { firstHash, lastHash, nextClass };
}

function selfTestHeader({ firstHash, lastHash, nextClass }: SelfTest): string {
  return `/* selftest.h: what eoq came to. */
#define EOQ_SAMPLES ${SELF_TEST_STEPS}u
#define EOQ_FIRST_HASH "${firstHash}"
#define EOQ_LAST_HASH "${lastHash}"
/* Of the sample behind those. */
#define EOQ_NEXT_CLASS ${nextClass}
`;
}

const text = (name: string, content: string): ExportedFile => ({ name, bytes: new TextEncoder().encode(content) });

/** What the C can be told beside. */
export interface SourceSettings extends ExportSettings {
  /** Headers for a processor of its own. */
  readonly replaced?: Replaced;
}

/** Writes the files of a folder. @throws {UserError} naming what a device does not do. */
export async function writeC(trained: Trained, options: SourceSettings = {}): Promise<readonly ExportedFile[]> {
  const { checkpoint, version } = trained, { config, state, entries } = checkpoint, { ram, replaced } = options;
  const train = options.train ?? config.train;
  if (config.method !== "eoq") {
    throw new UserError(`export --format c: ${config.method} is not eoq: a device has one image, and no statistics`);
  }
  const { network, recipe, gave, again, program, arena } = fit(trained, { ram, train });
  if (again !== undefined) options.onRepeated?.(again);
  for (const each of gave) options.onGivenUp?.(each);
  try {
    const { plan } = network, { height, width, channels, classes } = plan, { seed } = config;
    const about = `${config.model} for ${height}x${width}x${channels} images of ${classes} classes, eoq ${version}`;
    const first = network.state(), identity = await identityOf(network, recipe, seed);
    const bytes = deviceBytes(program, arena, first);
    const source = await sourceOf({
      ...{ about, program, arena, state: first, seed, identity, scalarRate: recipe.scalarRate },
      rateExponent: rateExponentOf(network),
      replaced,
    });
    const test = await runSelfTest(network), ramBytes = ramOf(bytes);
    const kibFor = (board: Board) =>
      Math.min(board.ram.kib, Math.ceil((ram ?? ramBytes + STACK_BYTES + firmwareBytes(plan)) / 1024));
    const board = async (name: string) => await packageText(`${FOLDER}/${name}.inc`);
    // Those of eoq learn come behind the run's.
    const steps = state.step + (checkpoint.learnt?.steps ?? 0);
    const resumable = gave.length === 0 && steps > 0 && train === config.train;
    return [
      text("eoq_model.c", source),
      text("eoq_model.h", headerText({ about, height, width, channels, classes, stateBytes: bytes.state })),
      text("selftest.c", await board("selftest")),
      text("selftest.h", selfTestHeader(test)),
      text("Makefile", makefileText(STACK_BYTES, kibFor)),
      text(
        "README.md",
        readmeText({ about, config, recipe, gave, again, ram, program, arena, bytes, test, resumable, plan }),
      ),
      ...await Promise.all(
        ["start_cortex_m", "start_riscv"].map(async (name) => text(`boards/${name}.c`, await board(name))),
      ),
      ...BOARDS.map((each) => text(`boards/${each.name}.ld`, linkerScript(each))),
      ...resumable ? [{ name: "trained.state", bytes: deviceState(entries, program, identity, steps) }] : [],
    ];
  } finally {
    network.close();
  }
}
