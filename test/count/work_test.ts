import { assertEquals } from "@std/assert";
import { type LayerOperations, operationsOf, type Traffic } from "../../lib/count/kinds.ts";
import { bytesMoved, joinWork, sumWork } from "../../lib/count/work.ts";

const OPERATIONS: LayerOperations[] = [
  { layer: "stem", phase: "inference", operations: operationsOf({ "int8-multiply": 5 }), macs: 6 },
  { layer: "stem", phase: "forward", operations: operationsOf({ "int8-multiply": 5, compare: 2 }), macs: 6 },
  {
    layer: "loss",
    phase: "forward",
    operations: operationsOf({ lookup: 3 }),
    macs: 0,
    overhead: operationsOf({ shift: 1 }),
  },
  { layer: "stem", phase: "backward", operations: operationsOf({ "int8-multiply": 7 }), macs: 8 },
  { layer: "stem", phase: "update", operations: operationsOf({ random: 1 }), macs: 0 },
];
const TRAFFIC: Traffic[] = [
  { layer: "stem", phase: "forward", tensor: "weights", read: 10, written: 0 },
  { layer: "stem", phase: "forward", tensor: "activations", read: 20, written: 30 },
  { layer: "pool", phase: "backward", tensor: "errors", read: 1, written: 2 },
  { layer: "stem", phase: "inference", tensor: "weights", read: 10, written: 0 },
];

Deno.test("work: operations and traffic of a layer and phase are one, those of either alone are kept", () => {
  const works = joinWork(OPERATIONS, TRAFFIC, "step");
  assertEquals(works.map(({ layer, phase }) => `${layer} ${phase}`), [
    "stem forward",
    "loss forward",
    "stem backward",
    "stem update",
    "pool backward",
  ]);
  const [stem, loss] = works;
  assertEquals([stem!.macs, stem!.operations.compare, bytesMoved(stem!)], [6, 2, { read: 30, written: 30 }]);
  assertEquals([loss!.overhead, bytesMoved(loss!)], [operationsOf({ shift: 1 }), { read: 0, written: 0 }]);
});

Deno.test("work: a selection takes its phases alone, a step takes its three", () => {
  const of = (selection: Parameters<typeof joinWork>[2]) =>
    sumWork(joinWork(OPERATIONS, TRAFFIC, selection)).operations["int8-multiply"];
  assertEquals([of("inference"), of("forward"), of("backward"), of("update"), of("step")], [5, 5, 7, 0, 12]);
});
