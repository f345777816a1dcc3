import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { AREA_CYCLES, priceWork } from "../../lib/count/cost.ts";
import { COST_MODELS, type CostModel, costModelSchema, QUANTITIES } from "../../lib/count/cost_model.ts";
import { OPERATION_KINDS, operationsOf } from "../../lib/count/kinds.ts";

const horowitz = COST_MODELS.get("horowitz-45nm")!;

Deno.test("cost: a sum that can be done by hand", () => {
  const operations = operationsOf({
    "int8-multiply": 40_000_000,
    "int32-add": 40_000_000,
    "fp32-square-root": 1000,
  });
  const { energy, area, latency } = priceWork(horowitz, operations, 800);
  // 40e6 * 0.2 + 40e6 * 0.1 = 12e6 pJ, and 1000 * 26.3 pJ assumed; 100 accesses of 1300 pJ.
  assertAlmostEquals(energy.operations!, 12.0263e-6, 1e-15);
  assertAlmostEquals(energy.assumed!, 0.0263e-6, 1e-15);
  assertAlmostEquals(energy.memory!, 0.13e-6, 1e-15);
  // 40e6 * (282 + 137) + 1000 * 54670 um2 in a million cycles.
  assertAlmostEquals(area!, (40e6 * 419 + 54_670_000) * 1e-6 / 1e6, 1e-12);
  assertEquals(AREA_CYCLES, 1e6);
  assertEquals(latency, null);
});

Deno.test("cost: a published ratio is what the relative model gives", () => {
  const wageubn = COST_MODELS.get("wageubn-fpga")!;
  const of = (kind: "int8-multiply" | "fp32-multiply" | "int8-add" | "fp32-add") => {
    const { energy, area, latency } = priceWork(wageubn, operationsOf({ [kind]: 1e6 }), 0);
    return [latency!, energy.operations!, area!];
  };
  const ratios = (of32: number[], of8: number[]) => of32.map((each, i) => Math.round(each / of8[i]!));
  assertEquals(ratios(of("fp32-multiply"), of("int8-multiply")), [3, 10, 9]);
  assertEquals(ratios(of("fp32-add"), of("int8-add")), [9, 30, 50]);
  assertEquals(priceWork(wageubn, operationsOf({}), 100).energy.memory, null);
});

Deno.test("cost: what a model cannot say of one kind it cannot say of a sum with that kind, and no zero stands for it", () => {
  const { shift } = horowitz.operations;
  const model: CostModel = {
    ...horowitz,
    operations: { ...horowitz.operations, shift: { ...shift, energy: null } },
  };
  assertEquals(priceWork(model, operationsOf({ shift: 1 }), 0).energy.operations, null);
  assertEquals(priceWork(model, operationsOf({ shift: 0, compare: 1 }), 0).energy.operations, 0.1e-12);
});

Deno.test("cost: each model that comes with eoq gives every kind a number for what it has a unit of", () => {
  assertEquals([...COST_MODELS.keys()], ["horowitz-45nm", "jouppi-7nm", "wageubn-fpga"]);
  for (const { name, units, operations } of COST_MODELS.values()) {
    for (const quantity of QUANTITIES) {
      for (const kind of OPERATION_KINDS) {
        const value = operations[kind][quantity];
        assertEquals(value === null, units[quantity] === null, `${name}: ${kind} ${quantity}`);
        assert(value === null || value > 0, `${name}: ${kind} ${quantity}`);
      }
    }
  }
});

Deno.test("cost: a malformed model is refused at the key that is wrong", () => {
  const withOperation = (key: string, value: unknown) => ({
    ...horowitz,
    operations: { ...horowitz.operations, [key]: value },
  });
  const cases: [unknown, string][] = [
    [{ ...horowitz, technology: 45 }, "technology"],
    [{ ...horowitz, schemaVersion: 2 }, "schemaVersion"],
    [withOperation("int8-add", { ...horowitz.operations["int8-add"], energy: -1 }), "operations.int8-add.energy"],
    [withOperation("compare", undefined), "operations.compare"],
    [{ ...horowitz, memory: { ...horowitz.memory, traffic: "tape" } }, "memory.traffic"],
  ];
  for (const [json, path] of cases) {
    const { error } = costModelSchema.safeParse(json);
    assertEquals(error?.issues[0]?.path.join("."), path);
  }
});
