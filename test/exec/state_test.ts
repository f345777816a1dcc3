import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import { createNetwork, METHODS } from "../../lib/exec/methods.ts";
import { FULL_RATE, type Network, type StateEntry } from "../../lib/exec/network.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";

const PLAN = buildPlan("resnet-8", { height: 9, width: 10, channels: 2, classes: 3 });

for (const method of METHODS) {
  Deno.test(`${method}: restore refuses a foreign state by the entry's name and changes nothing`, async () => {
    using library = await openLibrary();
    const create = (seed: number) => createNetwork(method, { library, plan: PLAN, batch: 2, seed });
    const network = create(1), other = create(2), state = network.state();
    const [first, ...others] = other.state() as [StateEntry, ...StateEntry[]];
    const refuses = (entries: StateEntry[], message: string) =>
      assertThrows(() => network.restore(entries), RangeError, message);
    const { name, type, shape, bytes } = first;
    assertEquals(name, "stem.weights");
    const foreign = type === "int8" ? "fp32" : "int8";
    refuses(others, `"stem.weights" is missing`);
    refuses([first, ...others.slice(0, -1)], `"${others.at(-1)!.name}" is missing`);
    refuses([{ ...first, type: foreign }, ...others], `"stem.weights" is ${foreign}, must be ${type}`);
    refuses(
      [{ ...first, shape: [1, ...shape] }, ...others],
      `"stem.weights" is 1x${shape.join("x")}, must be ${shape.join("x")}`,
    );
    refuses(
      [{ ...first, bytes: bytes.subarray(4) }, ...others],
      `"stem.weights" has ${bytes.length - 4} bytes, must have ${bytes.length}`,
    );
    refuses([first, ...others, { ...first, name: "extra" }], `"extra" is not part of this network`);
    assertEquals(network.state(), state);
    assertNotEquals(other.state(), state);
    network.restore(other.state());
    assertEquals(network.state(), other.state());
    assert(state.every(({ type, exponent }) => type !== "fp32" || exponent === 0));
    for (const each of [network, other]) each.close();
  });

  Deno.test(`${method}: a closed network is closed, whatever lies in its memory by now`, async () => {
    using library = await openLibrary();
    const create = (seed: number) => createNetwork(method, { library, plan: PLAN, batch: 2, seed });
    const batch = { images: new Uint8Array(2 * 9 * 10 * 2).fill(9), labels: Int16Array.of(0, 2), count: 2 };
    const step = (network: Network) => network.trainStep(batch, { step: 0, rate: FULL_RATE });
    const [closed, alone] = [create(1), create(2)], { images } = batch;
    for (const network of [closed, alone]) step(network);
    const expected = alone.state();
    for (const network of [closed, alone]) network.close();
    // Gets the handles that the others had.
    const other = create(2);
    closed.close();
    const uses = [
      () => step(closed),
      () => closed.evaluate(batch),
      () => closed.predict(images, 2),
      () => closed.state(),
      () => closed.restore(other.state()),
      () => closed.traceStep && closed.traceStep(batch, { step: 0, rate: FULL_RATE }),
    ].slice(0, closed.traceStep === undefined ? -1 : undefined);
    for (const use of uses) assertThrows(use, RunError, "is closed");
    step(other);
    assertEquals(other.state(), expected);
    other.close();
  });
}
