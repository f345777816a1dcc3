import { assert, assertEquals } from "@std/assert";
import { type BenchReport, benchReportSchema, PEERS } from "../../lib/report/bench.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";

/** The least of samples, on a small network. */
const QUICK = ["--model", "resnet-8", "--batch", "1", "--seconds", "0"];

/** Peers that take whole steps, and no part in the kernels'. */
const OF_STEPS: readonly string[] = ["PyTorch", "JAX"];

async function report(args: readonly string[]): Promise<BenchReport> {
  const { code, stdout, stderr } = await eoq(["bench", ...args, "--json"]);
  assertEquals([code, stderr], [0, ""]);
  return benchReportSchema.parse(JSON.parse(stdout));
}

Deno.test("bench: what cannot be is refused in one line", async () => {
  assertRefused(await eoq(["bench"]), 2, "eoq bench needs peak|kernels|step");
  assertRefused(await eoq(["bench", "kernel"]), 2, 'unknown benchmark "kernel" (did you mean kernels?)');
  assertRefused(await eoq(["bench", "peak", "--peers"]), 2, "--peers: eoq bench peak has no use for it");
  assertRefused(await eoq(["bench", "kernels", "--method=eoq"]), 2, "--method: eoq bench kernels has no use for it");
  assertRefused(await eoq(["bench", "peak", "--isa", "scalar,avx3"]), 2, 'unknown ISA path "avx3"');
  assertRefused(await eoq(["bench", "peak", "--save", "/no/such/folder/file"]), 2, "cannot write /no/such/folder/file");
});

Deno.test("bench peak: both arithmetics on every path that runs here", async () => {
  const { peaks, rows, environment } = await report(["peak", "--isa", "all", "--seconds", "0"]);
  assertEquals(rows, []);
  assertEquals(environment.threads, 1);
  const isas = [...new Set(peaks.map(({ isa }) => isa))];
  assertEquals(isas[0], "scalar");
  assertEquals(
    peaks.map(({ isa, arithmetic }) => [isa, arithmetic]),
    isas.flatMap((isa) => [[isa, "int8"], [isa, "fp32"]]),
  );
});

Deno.test("bench kernels: rows of every pass, on stdout and in the file", () =>
  withFolder(async (folder) => {
    const file = `${folder}/rows.json`;
    const { command, rows, peaks, missing } = await report(["kernels", ...QUICK, "--isa", "scalar", "--save", file]);
    assertEquals(benchReportSchema.parse(JSON.parse(await Deno.readTextFile(file))).rows, rows);
    assert(command.startsWith("eoq bench kernels --model resnet-8"), command);
    assertEquals([peaks.length, missing], [2, []]);
    assertEquals([...new Set(rows.map(({ phase }) => phase))], ["forward", "backward-weights", "backward-data"]);
    for (const { subject, isa, threads, unit } of rows) {
      assertEquals([subject, isa, threads, unit], ["eoq", "scalar", 1, "GMAC/s"]);
    }
    for (const shape of ["int8 16@32x32 batch 1", "fp32 64@8x8 batch 1", "int8 GEMM 1024x16x144"]) {
      assert(rows.some((row) => row.shape === shape), shape);
    }
  }));

Deno.test("bench kernels: every peer has rows or is named with its install command", async () => {
  const { rows, missing } = await report(["kernels", ...QUICK, "--peers"]);
  for (const peer of PEERS.filter((name) => !OF_STEPS.includes(name))) {
    const named = missing.find((each) => each.peer === peer);
    assertEquals(rows.some(({ subject }) => subject === peer), named === undefined, peer);
    if (named !== undefined) assert(/^(apt-get|npm) install /.test(named.install), named.install);
  }
});

Deno.test("bench step: tables of rates, of a step's parts and of memory, by method and batch", async () => {
  const { code, stdout, stderr } = await eoq(["bench", "step", ...QUICK.with(3, "1,2"), "--threads", "2", "--wide"]);
  assertEquals([code, stderr], [0, ""]);
  for (const batch of [1, 2]) {
    for (const phase of ["train-step", "inference"]) {
      assert(stdout.includes(`${phase} resnet-8 batch ${batch} `), stdout);
    }
    for (const method of ["eoq", "bn-fp32"]) {
      assert(stdout.includes(`\n${method} training step, batch ${batch},`), stdout);
    }
  }
  assertEquals(stdout.match(/^outside the kernels /gm)?.length, 4);
  if (Deno.build.os === "linux") assertEquals(stdout.match(/^eoq( bn-fp32)? +[12] +[\d.]+ MiB/gm)?.length, 4);
});

Deno.test("bench: without --wide the summary alone, in short lines", async () => {
  const { code, stdout, stderr } = await eoq(["bench", "kernels", ...QUICK, "--isa", "scalar"]);
  assertEquals([code, stderr], [0, ""]);
  for (const line of ["forward           1      int8 ", "GEMM              1      fp32 "]) {
    assert(stdout.includes(`\n${line}`), stdout);
  }
  assert(!stdout.includes("16@32x32 batch 1 ") && stdout.includes("\n--wide adds "), stdout);
  assertRefused(await eoq(["bench", "peak", "--wide"]), 2, "--wide: eoq bench peak has no use for it");
});

Deno.test("bench step: rows of each method, and of each peer or its install command", async () => {
  const { rows, breakdowns, memory, missing } = await report(["step", ...QUICK, "--method", "bn-fp32", "--peers"]);
  const own = rows.filter(({ subject }) => subject === "eoq");
  assertEquals(own.map(({ phase, shape }) => [phase, shape]), [
    ["train-step", "bn-fp32 resnet-8 batch 1"],
    ["inference", "bn-fp32 resnet-8 batch 1"],
  ]);
  assertEquals(breakdowns.map(({ method, layers }) => [method, layers.length]), [["bn-fp32", 18]]);
  for (const peer of OF_STEPS) {
    const named = missing.find((each) => each.peer === peer);
    assertEquals(rows.some(({ subject }) => subject === peer), named === undefined, peer);
  }
  for (const { peakBytes, idleBytes } of memory) assert(peakBytes > idleBytes);
});
