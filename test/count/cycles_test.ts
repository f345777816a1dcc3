import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { cyclesOf } from "../../lib/count/cycles.ts";
import { OPERATION_KINDS, operationsOf } from "../../lib/count/kinds.ts";
import { type Microcontroller, MICROCONTROLLERS, microcontrollerSchema } from "../../lib/count/microcontroller.ts";
import { sumWork, type Work } from "../../lib/count/work.ts";

const one = (cycles: number, estimate = false) => ({ cycles, estimate, from: "made up" });

/** A core whose k-th kind of operation takes k + 1 cycles. */
const core: Microcontroller = {
  schemaVersion: 1,
  name: "core",
  about: "made up",
  hertz: 1e6,
  sources: [{ citation: "made up", checked: "read" }],
  products: { int8: one(100, true), fp32: one(1000, true) },
  operations: Object.fromEntries(
    OPERATION_KINDS.map((kind, i) => [kind, one(i + 1)]),
  ) as Microcontroller["operations"],
  memory: { ...one(8), bytes: 4 },
  energyPerCycle: { picojoules: 50, estimate: true, from: "made up" },
  notes: [],
};

function work(operations: Parameters<typeof operationsOf>[0], products: number, bytes: number): Work {
  const none = sumWork([]);
  return {
    ...none,
    products,
    operations: operationsOf(operations),
    traffic: { ...none.traffic, errors: { read: bytes, written: bytes } },
  };
}

Deno.test("cycles: a sum that can be done by hand", () => {
  // 10 products of 100; 3 multiplications of 1 and 5 additions of 7 beside them; 2 comparisons of 10; 16 bytes of 2.
  const eoq = work({ "int8-multiply": 13, "int32-add": 15, compare: 2 }, 10, 8);
  const { cycles, estimated, seconds, joules } = cyclesOf(core, "int8", eoq);
  assertEquals([cycles, estimated], [1000 + 3 + 35 + 20 + 32, 1000]);
  assertAlmostEquals(seconds, 1090e-6, 1e-15);
  assertAlmostEquals(joules!, 1090 * 50e-12, 1e-18);
  // 10 of 1000; 2 multiplications of 14, 1 addition of 15.
  const float = work({ "fp32-multiply": 12, "fp32-add": 11 }, 10, 0);
  assertEquals(cyclesOf(core, "fp32", float).cycles, 10_000 + 28 + 15);
  assertEquals(cyclesOf({ ...core, energyPerCycle: null }, "fp32", float).joules, null);
});

Deno.test("cycles: every kind counts, each with its own number", () => {
  for (const [i, kind] of OPERATION_KINDS.entries()) {
    assertEquals(cyclesOf(core, "int8", work({ [kind]: 7 }, 0, 0)).cycles, 7 * (i + 1), kind);
  }
});

Deno.test("cycles: work of an earlier version's report, without products, is priced by its operations", () => {
  const { products: _, ...before } = work({ "int8-multiply": 13, "int32-add": 15 }, 10, 0);
  assertEquals(cyclesOf(core, "int8", before).cycles, 13 + 15 * 7);
});

Deno.test("cycles: the microcontrollers that come with eoq name their sources, and what is an estimate says of what", () => {
  assertEquals([...MICROCONTROLLERS.keys()], ["cortex-m4", "cortex-m4f", "cortex-m55", "rv32imc"]);
  for (const [name, each] of MICROCONTROLLERS) {
    const names = each.sources.map(({ citation }) => citation.split(":")[0]!);
    const entries = [...Object.values(each.products), ...Object.values(each.operations), each.memory];
    for (const { from, estimate } of entries) {
      assert(estimate || names.some((source) => from.includes(source)), `${name}: ${from}`);
    }
    assert(each.energyPerCycle === null || each.energyPerCycle.estimate, name);
  }
});

Deno.test("cycles: an FPU takes nothing from integers, and from floats what their routines take", () => {
  const soft = MICROCONTROLLERS.get("cortex-m4")!, hard = MICROCONTROLLERS.get("cortex-m4f")!;
  for (const kind of OPERATION_KINDS) {
    const [without, beside] = [soft.operations[kind].cycles, hard.operations[kind].cycles];
    if (kind.startsWith("fp32")) assert(without > beside, kind);
    else assertEquals(without, beside, kind);
  }
  const { products, operations } = soft;
  assertEquals(products.fp32.cycles, operations["fp32-multiply"].cycles + operations["fp32-add"].cycles + 1);
});

Deno.test("cycles: a file is refused at the key that is wrong", () => {
  assertEquals(microcontrollerSchema.parse(core), core);
  const path = (json: unknown) => microcontrollerSchema.safeParse(json).error?.issues[0]?.path.join(".");
  assertEquals(path({ ...core, hertz: 0 }), "hertz");
  assertEquals(path({ ...core, products: { int8: one(1) } }), "products.fp32");
  assertEquals(
    path({ ...core, operations: { ...core.operations, shift: { cycles: 1 } } }),
    "operations.shift.estimate",
  );
});
