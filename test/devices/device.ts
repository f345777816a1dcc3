/**
 * Tests of one device, which devices.ts runs: the paths that it should have, and
 * the weights hashes of a few runs of each family of networks.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { openLibrary } from "../../lib/native/library.ts";
import { assertShapes } from "../native/path_shapes.ts";
import hashes from "../pinned/hashes.json" with { type: "json" };
import { hashOf, nameOf, PINNED_RUNS } from "../pinned/runs.ts";

const environment = Deno.env.toObject(),
  { CC = "", EOQ_DEVICE_ARCH: arch = "", EOQ_DEVICE_RUNS: runs = "" } = environment;
const { EOQ_DEVICE_PATHS: paths = "", EOQ_DEVICE_TRAINED: trained = "" } = environment;
const pinned: Readonly<Record<string, string>> = hashes;

/** A run of each int8 method and network, or of those named by how they begin. */
const RUNS = PINNED_RUNS.filter(({ batch, recipe: [recipe] }) => batch === 5 && recipe === "default")
  .filter((run) => nameOf(run).startsWith(runs));

Deno.test(`${arch}: the device has its paths, and the best is selected`, async () => {
  using library = await openLibrary();
  const supported = library.isaPaths().filter(({ built, supported }) => built && supported).map(({ name }) => name);
  assertEquals(supported, paths.split(" "));
  assertEquals([library.isa, library.isaReason], [supported.at(-1), "detection"]);
});

Deno.test(`${arch}: what operations are counted with is what its kernels are compiled with`, () =>
  assertShapes(arch, CC));

for (const isa of trained.split(" ")) {
  Deno.test(`${arch}, ${isa}: ${runs || "every family of networks"} ends with the weights that were pinned`, async () => {
    for (const run of RUNS) assertEquals(await hashOf(run, { isa, threads: 2 }), pinned[nameOf(run)], nameOf(run));
    assert(RUNS.length > 0, `no run begins with ${runs}`);
  });
}
