import { assertAlmostEquals, assertEquals } from "@std/assert";
import { operationsOf } from "../../lib/count/kinds.ts";
import { boundOf, type Machine, machineSchema } from "../../lib/count/roofline.ts";
import { sumWork, type Work } from "../../lib/count/work.ts";

const machine: Machine = {
  schemaVersion: 1,
  name: "a machine",
  source: "made up",
  gigaMacs: { int8: 100, fp32: 10 },
  gigabytes: 4,
};

function work(operations: Parameters<typeof operationsOf>[0], bytes: number): Work {
  const none = sumWork([]);
  return {
    ...none,
    operations: operationsOf(operations),
    traffic: { ...none.traffic, weights: { read: bytes / 4, written: 3 * bytes / 4 } },
  };
}

Deno.test("roofline: compute bounds what multiplies much, memory what moves much", () => {
  const convolution = work({ "int8-multiply": 1e9, "int32-add": 1e9 }, 4e6);
  // 10^9 multiply-adds at 100 * 10^9 a second; 4 MB at 4 GB/s.
  const bound = boundOf(machine, [convolution]);
  assertAlmostEquals(bound.compute, 0.01, 1e-15);
  assertAlmostEquals(bound.memory, 0.001, 1e-15);
  assertEquals(bound.bound, "compute");
  const sum = work({ "fp32-add": 2e6 }, 8e6);
  assertEquals(boundOf(machine, [sum]).bound, "memory");
  assertAlmostEquals(boundOf(machine, [sum]).compute, 1e-4, 1e-15);
  const both = boundOf(machine, [convolution, sum]);
  assertAlmostEquals(both.seconds, 0.012, 1e-15);
  assertAlmostEquals(both.memory, 0.003, 1e-15);
  assertEquals(both.bound, "compute");
});

Deno.test("roofline: a machine file is refused at the key that is wrong", () => {
  assertEquals(machineSchema.parse(machine), machine);
  const path = (json: unknown) => machineSchema.safeParse(json).error?.issues[0]?.path.join(".");
  assertEquals(path({ ...machine, gigaMacs: { int8: 1, fp32: 0 } }), "gigaMacs.fp32");
  assertEquals(path({ ...machine, gigabytes: "4" }), "gigabytes");
});
