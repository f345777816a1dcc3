import { assert, assertEquals, assertThrows } from "@std/assert";
import { stepMessages } from "../../lib/count/messages.ts";
import { RunError } from "../../lib/errors.ts";
import { createNetwork, type Method, METHODS, TRAITS } from "../../lib/exec/methods.ts";
import { type Batch, FULL_RATE, type Network } from "../../lib/exec/network.ts";
import { Group } from "../../lib/native/group.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { withFolder } from "../eoq.ts";
import { SMALL_PLANS } from "../exec/plans.ts";
import { integers } from "../kernels/int8/fixture.ts";
import { path, run } from "./compile.ts";

const TWIN = path("twin.c"), KERNELS = path("../../kernels/");

/** Compiles the transport of twins. */
async function twin(output: string, flags: readonly string[] = []): Promise<string> {
  const args = ["-std=c11", "-shared", "-fPIC", "-fvisibility=hidden", `-I${KERNELS}`, ...flags, TWIN, "-o", output];
  const { code, stderr } = await run(Deno.env.get("CC") || "cc", args);
  assertEquals(code, 0, stderr);
  return output;
}

/** Runs a test in a group of two that hold the same; `failAfter` has a later message fail. */
async function withTwin(
  test: (library: Library, group: Group, failAfter: (messages: number) => void) => void | Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = await twin(`${folder}/twin.so`);
    using library = await openLibrary();
    const told = Deno.dlopen(file, { twin_fail_after: { parameters: ["i32"], result: "void" } });
    const group = new Group(library, file);
    try {
      await test(library, group, told.symbols.twin_fail_after);
    } finally {
      told.symbols.twin_fail_after(-1);
      group.close();
      told.close();
    }
  });
}

const STEPS = 6, COUNT = 3;

/** Images, every one of them `times` times, the second time behind all others. */
function batchOf(network: Network, step: number, times: number): Batch {
  const { plan: { height, width, channels, classes } } = network, next = integers(40 + step);
  const labels = Array.from({ length: COUNT }, () => next(0, classes - 1));
  const images = Array.from({ length: COUNT * height * width * channels }, () => next(0, 255));
  const repeated = (list: number[]) => Array.from({ length: times }, () => list).flat();
  return { images: Uint8Array.from(repeated(images)), labels: Int16Array.from(repeated(labels)), count: times * COUNT };
}

/** A network of the plan with all layers after some steps alone on doubled batches, or with a twin on single ones. */
function trained(library: Library, method: Method, group?: Group): Network {
  const network = createNetwork(method, {
    library,
    plan: SMALL_PLANS[0]!,
    batch: 2 * COUNT,
    ...group && { part: COUNT },
    seed: 5,
  });
  for (let step = 0; step < STEPS; step++) {
    const position = { step, rate: FULL_RATE };
    if (group === undefined) network.trainStep(batchOf(network, step, 2), position);
    else group.share(group.partOf(2 * COUNT), () => network.trainStep(batchOf(network, step, 1), position));
  }
  return network;
}

// Of the methods the one without random bits in activations and errors, which differ from place to place in a batch.
Deno.test("group: eoq with a twin that holds the same images is as alone with all of them", () =>
  withTwin(async (library, group) => {
    const alone = trained(library, "eoq"), before = group.counts(), shared = trained(library, "eoq", group);
    assertEquals(await weightsSha256(shared.state()), await weightsSha256(alone.state()));
    const { maxima, sums } = stepMessages(shared.programs(COUNT).training), after = group.counts();
    assertEquals([after.maxima - before.maxima, after.sums - before.sums], [STEPS * maxima, STEPS * sums]);
    alone.close();
    shared.close();
  }));

Deno.test("group: fp32 methods with a twin come close to all images alone", () =>
  withTwin((library, group) => {
    for (const method of METHODS.filter((method) => TRAITS[method].arithmetic === "fp32")) {
      const [alone, shared] = [trained(library, method), trained(library, method, group)];
      const [a, b] = [alone, shared].map((network) => network.state().filter(({ weights }) => weights));
      a!.forEach(({ name, bytes }, i) => {
        const [x, y] = [bytes, b![i]!.bytes].map((each) => new Float32Array(each.slice().buffer));
        const largest = x!.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
        x!.forEach((value, k) => {
          assert(Math.abs(value - y![k]!) <= 1e-3 * largest, `${method} ${name}[${k}]: ${value}, shared ${y![k]}`);
        });
      });
      alone.close();
      shared.close();
    }
  }));

Deno.test("group: whichever message of a step fails, the step fails with the reason", () =>
  withTwin((library, group, failAfter) => {
    for (const method of METHODS) {
      const network = createNetwork(method, { library, plan: SMALL_PLANS[0]!, batch: 2 * COUNT, part: COUNT, seed: 5 });
      const { maxima, sums } = stepMessages(network.programs(COUNT).training);
      const step = () =>
        group.share(
          group.partOf(2 * COUNT),
          () => network.trainStep(batchOf(network, 0, 1), { step: 0, rate: FULL_RATE }),
        );
      for (let sent = 0; sent < maxima + sums; sent++) {
        failAfter(sent);
        assertThrows(step, RunError, "group: a combination failed: the twin is gone");
      }
      failAfter(-1);
      step();
      network.close();
    }
  }));

Deno.test("group: parts of a batch lie next to each other and differ by one image at most", () =>
  withTwin((_, { partOf, largestPart }) => {
    for (let size = 1; size < 9; size++) {
      for (let whole = 1; whole < 20; whole++) {
        const parts = Array.from({ length: size }, (_, rank) => partOf.call({ rank, size } as Group, whole));
        assertEquals(parts.reduce((end, { first, images }) => first === end ? end + images : NaN, 0), whole);
        const images = parts.map((part) => part.images), most = Math.max(...images);
        assert(most - Math.min(...images) <= 1, `${whole} images on ${size} processes: ${images}`);
        assertEquals(largestPart.call({ size } as Group, whole), most);
      }
    }
  }));

Deno.test("group: what is no transport, and what is no part, is refused", () =>
  withFolder(async (folder) => {
    using library = await openLibrary();
    const refuses = (status: number, words: string) => assertThrows(() => library.check(status), RunError, words);
    const open = (name: string) => {
      const bytes = new TextEncoder().encode(name);
      return library.symbols.eoq_group_open(bytes, BigInt(bytes.byteLength), 60);
    };
    refuses(open(""), "path: 0 bytes are no name of a file");
    refuses(open("a\0b"), "path: 3 bytes are no name of a file");
    refuses(open("a".repeat(5000)), "path: 5000 bytes are no name of a file");
    refuses(library.symbols.eoq_group_open(null, 3n, 60), "path: 3 bytes are no name of a file");
    for (const seconds of [0, -1, 2 ** 31 - 1]) {
      refuses(library.symbols.eoq_group_open(Uint8Array.of(65), 1n, seconds), "seconds: ");
    }
    refuses(open(`${folder}/none.so`), "group: cannot load");
    refuses(open(await twin(`${folder}/old.so`, ["-DTWIN_VERSION=99"])), "has version 99, not 2");
    await Deno.writeTextFile(`${folder}/empty.c`, "int nothing;\n");
    const built = await run("cc", ["-shared", "-fPIC", `${folder}/empty.c`, "-o", `${folder}/empty.so`]);
    assertEquals(built.code, 0, built.stderr);
    refuses(open(`${folder}/empty.so`), "group: cannot load");

    const { eoq_group_part: part, eoq_group_gather: gather, eoq_group_counts: counts } = library.symbols;
    refuses(part(0, 1, 2), "group: is not open");
    refuses(library.symbols.eoq_group_end(2), "group: is not open");
    assertEquals([library.symbols.eoq_group_rank(), library.symbols.eoq_group_size()], [0, 1]);
    const [from, to] = [Uint8Array.of(1, 2, 3), new Uint8Array(3)];
    library.check(gather(from, 3n, to, 3n));
    assertEquals(to, from);
    for (const [bytes, room] of [[0n, 0n], [3n, 2n], [3n, 4n], [2n ** 21n, 2n ** 21n]] as const) {
      refuses(gather(from, bytes, to, room), "to: ");
    }
    refuses(gather(null, 3n, to, 3n), "to: ");
    refuses(counts(to, 3n), "counts: 3 bytes, must be 48");

    await withTwin((twins) => {
      const { eoq_group_part: part, eoq_group_gather: gather } = twins.symbols;
      const wrong = [[-1, 1, 2], [0, -1, 2], [0, 3, 2], [1, 2, 2], [3, 0, 2], [0, 0, -1], [
        2 ** 31 - 1,
        2 ** 31 - 1,
        2 ** 31 - 1,
      ]];
      for (const [first, images, whole] of wrong) {
        assertThrows(() => twins.check(part(first!, images!, whole!)), RunError, "are no part of");
      }
      assertThrows(() => new Group(twins, `${folder}/old.so`), RunError, "group: is open");
      assertThrows(() => twins.check(gather(from, 3n, to, 3n)), RunError, "to: 3 bytes, must be 2 times 3");
    });
  }));
