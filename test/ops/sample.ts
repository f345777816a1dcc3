/** A report of counts that can be checked by hand. */

import { COST_MODELS } from "../../lib/count/cost_model.ts";
import { type Operations, operationsOf } from "../../lib/count/kinds.ts";
import { joinWork } from "../../lib/count/work.ts";
import type { Method } from "../../lib/exec/methods.ts";
import { makeOpsReport, methodOps } from "../../lib/ops/report.ts";

export const MODELS = ["horowitz-45nm", "jouppi-7nm"].map((name) => COST_MODELS.get(name)!);

function counted(method: Method, operations: Partial<Operations>, bytes: number, live: number) {
  const works = joinWork(
    [{ layer: "stem", phase: "inference", operations: operationsOf(operations), macs: 1000 }],
    [{ layer: "stem", phase: "inference", tensor: "activations", read: bytes, written: bytes }],
    "inference",
  );
  return methodOps(method, works, live, { models: MODELS, machine: null, cores: [] });
}

export const sampleOps = makeOpsReport({
  command: "eoq ops lenet",
  model: "lenet",
  input: { height: 28, width: 28, channels: 1 },
  classes: 10,
  batch: 1,
  phase: "inference",
  macsPerImage: 1000,
  machine: null,
  methods: [
    counted("eoq", { "int8-multiply": 1000, "int32-add": 1000 }, 100, 2048),
    counted("bn-fp32", { "fp32-multiply": 1000, "fp32-add": 1000, "fp32-divide": 10 }, 400, 8192),
  ],
  refused: [{ method: "wageubn", reason: "lenet: no" }],
});
