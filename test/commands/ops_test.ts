import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { loadCostModels } from "../../lib/cli/yardsticks.ts";
import { COST_MODELS } from "../../lib/count/cost_model.ts";
import { MICROCONTROLLERS } from "../../lib/count/microcontroller.ts";
import { sumWork } from "../../lib/count/work.ts";
import { UserError } from "../../lib/errors.ts";
import { METHODS } from "../../lib/exec/methods.ts";
import { opsReportSchema } from "../../lib/report/ops.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";

async function opsJson(...args: string[]) {
  const { code, stdout, stderr } = await eoq(["ops", ...args, "--json"]);
  assertEquals([code, stderr], [0, ""]);
  return opsReportSchema.parse(JSON.parse(stdout));
}

Deno.test("ops: the JSON holds every method, whose layers and phases add up to the total", async () => {
  const report = await opsJson("resnet-8", "--batch", "3", "--input", "17x9x2", "--classes", "4");
  assertEquals([report.input, report.classes, report.batch, report.phase], [
    { height: 17, width: 9, channels: 2 },
    4,
    3,
    "step",
  ]);
  assertEquals(report.methods.map(({ method }) => method), [...METHODS]);
  for (const { layers, total, costs, liveBytes } of report.methods) {
    assertEquals(sumWork(layers), total);
    assertEquals([...new Set(layers.map(({ phase }) => phase))].sort(), ["backward", "forward", "update"]);
    assertEquals(costs.map(({ model }) => model), [...COST_MODELS.keys()]);
    assert(liveBytes > 0);
  }
  assertEquals(report.ratios.map(({ method }) => method), ["eoq", "wageubn", "fixup-fp32"]);
});

Deno.test("ops: the phases of a step add up to it", async () => {
  const totals = [];
  for (const phase of ["forward", "backward", "update", "step"]) {
    totals.push((await opsJson("lenet", "--method", "eoq", "--phase", phase)).methods[0]!.total);
  }
  const step = totals.pop()!;
  assertEquals(sumWork(totals), step);
});

Deno.test("ops: a table by layer, and CSV by kind", async () => {
  const words = ["ops", "mlp", "--method", "bn-fp32", "--cost", "horowitz-45nm"];
  const table = await eoq([...words, "--by", "layer"]);
  assert(table.stdout.includes("\nhidden1 "), table.stdout);
  const csv = await eoq([...words, "--format", "csv"]);
  assert(csv.stdout.includes("\n,fp32-multiply,,"), csv.stdout);
});

Deno.test("ops: a cost file of the user's is as good as one that comes with eoq", () =>
  withFolder(async (folder) => {
    const path = `${folder}/mine.json`;
    const horowitz = COST_MODELS.get("horowitz-45nm")!;
    const operations = Object.fromEntries(
      Object.entries(horowitz.operations).map(([kind, each]) => [kind, { ...each, energy: 10 * each.energy! }]),
    );
    await Deno.writeTextFile(path, JSON.stringify({ ...horowitz, name: "mine", operations }));
    const { methods } = await opsJson("mlp", "--method", "eoq", "--cost", path, "--cost", "horowitz-45nm");
    const [mine, theirs] = methods[0]!.costs;
    assertEquals([mine!.model, mine!.energy.memory], ["mine", theirs!.energy.memory]);
    assert(Math.abs(mine!.energy.operations! / theirs!.energy.operations! - 10) < 1e-9);
  }));

Deno.test("ops: --cost list names each model with its sources", async () => {
  const { code, stdout } = await eoq(["ops", "--cost", "list"]);
  assertEquals(code, 0);
  for (const { name, sources } of COST_MODELS.values()) {
    assert(stdout.includes(`${name}: `));
    for (const { citation } of sources) assert(stdout.includes(citation));
  }
  const json = await eoq(["ops", "--cost", "list", "--json"]);
  assertEquals(JSON.parse(json.stdout), [...COST_MODELS.values()]);
});

Deno.test("ops: bad input is one line that names it", async () => {
  const cases: [string[], string][] = [
    [[], "eoq ops needs MODEL"],
    [["resnet-9"], 'unknown model "resnet-9" (did you mean resnet-8?)'],
    [["lenet", "--input", "9x28x1"], "conv2 has a 5x5 window, 4x14 pixels reach it"],
    [["resnet-20", "--input", "2x2x3"], "stage3.block1"],
    [
      ["resnet-8", "--input", "512x512x3", "--method", "eoq"],
      "an output of 262144 pixels can pass int32, the limit is 133144",
    ],
    [["mlp", "--batch", "0"], '--batch: "0"'],
    [["mlp", "--cost", "horowitz"], 'unknown cost model "horowitz"'],
    [["mlp", "--json", "--by", "layer"], "--by: JSON has every layer, phase and kind"],
    [["mlp", "--machine", "cortex-m5"], 'unknown machine "cortex-m5" (did you mean cortex-m4?)'],
    [["mlp", "--method", "bn-fp32", "--recipe", "paper"], "--recipe: bn-fp32 has no use for eoq's recipe"],
  ];
  for (const [args, word] of cases) assertRefused(await eoq(["ops", ...args]), 2, word);
});

Deno.test("ops: a malformed cost file is refused by its key", () =>
  withFolder(async (folder) => {
    const path = `${folder}/cost.json`;
    const refuse = (words: string[], line: string) => assertRejects(() => loadCostModels(words), UserError, line);
    const good = COST_MODELS.get("jouppi-7nm")!;
    const { shift, ...fewer } = good.operations;
    const cases: [unknown, string][] = [
      [{ ...good, operations: fewer }, "operations.shift: "],
      [{ ...good, operations: { ...fewer, shift: { ...shift, energy: "x" } } }, "operations.shift.energy: "],
      [{ ...good, technolgy: "7 nm" }, 'unknown key "technolgy" (did you mean technology?)'],
      [
        { ...good, operations: { ...fewer, shift, shiff: shift } },
        'unknown key of operations "shiff" (did you mean shift?)',
      ],
      [{ ...good, memory: { ...good.memory, traffic: "hbm3" } }, "memory.traffic: is not one of memory.levels"],
      [[], "the file: "],
    ];
    for (const [json, line] of cases) {
      await Deno.writeTextFile(path, JSON.stringify(json));
      await refuse([path], `--cost: ${path}: ${line}`);
    }
    assertRefused(await eoq(["ops", "mlp", "--cost", path]), 2, `--cost: ${path}: the file`);
    await Deno.writeTextFile(path, "{");
    await refuse([path], `--cost: ${path}: `);
    await refuse([`${folder}/none.json`], "no such file");
    await Deno.writeTextFile(path, JSON.stringify(good));
    await refuse(["jouppi-7nm", path], `--cost: ${path}: another model is named jouppi-7nm too`);
  }));

Deno.test("ops: a machine of a file bounds every layer by its peaks and bandwidth", () =>
  withFolder(async (folder) => {
    const path = `${folder}/machine.json`;
    const machine = {
      schemaVersion: 1,
      name: "round numbers",
      source: "made up",
      gigaMacs: { int8: 1000, fp32: 100 },
      gigabytes: 10,
    } as const;
    await Deno.writeTextFile(path, JSON.stringify(machine));
    const report = await opsJson("mlp", "--phase", "inference", "--batch", "1", "--machine", path);
    assertEquals(report.machine, machine);
    for (const { layers, roofline } of report.methods) {
      roofline!.forEach(({ layer, phase, compute, memory, seconds, bound }, i) => {
        const { operations, traffic } = layers[i]!;
        const cycles = Object.entries(operations).map(([kind, n]) => n * (kind.startsWith("fp32") ? 10 : 1));
        const bytes = Object.values(traffic).reduce((sum, { read, written }) => sum + read + written, 0);
        assertEquals([layer, phase], [layers[i]!.layer, "inference"]);
        assertAlmostEquals(compute, cycles.reduce((sum, n) => sum + n, 0) / 2e12, 1e-15);
        assertAlmostEquals(memory, bytes / 1e10, 1e-15);
        assertEquals([seconds, bound], [Math.max(compute, memory), compute > memory ? "compute" : "memory"]);
      });
    }
    await Deno.writeTextFile(path, JSON.stringify({ ...machine, gigabytes: 0 }));
    assertRefused(await eoq(["ops", "mlp", "--machine", path]), 2, "--machine", path, "gigabytes");
  }));

Deno.test("ops: this machine, measured now, bounds every layer", async () => {
  const { machine, methods } = await opsJson("mlp", "--method", "eoq", "--machine", "measured", "--seconds", "0.01");
  assert(machine!.gigaMacs.int8 > 0 && machine!.gigabytes > 0);
  assert(methods[0]!.roofline!.every(({ seconds }) => seconds >= 0));
});

Deno.test("ops: the short answer comes first, --wide and --by have the rest", async () => {
  const lines = async (...args: string[]) => {
    const { code, stdout, stderr } = await eoq(["ops", "resnet-20", ...args]);
    assertEquals([code, stderr], [0, ""]);
    return stdout.trimEnd().split("\n");
  };
  const brief = await lines();
  assert(brief.length <= 16 && brief.every((line) => line.length <= 100), brief.join("\n"));
  for (const row of ["MACs", "operations", "moved", "largest live memory", ...COST_MODELS.keys()]) {
    assertEquals(brief.filter((line) => line.startsWith(`${row} `)).length, 1, row);
  }
  assert(brief.at(-1)!.includes("--wide"));
  const wide = await lines("--wide"), byKind = await lines("--by", "kind");
  assertEquals(wide, byKind);
  assert(wide.some((line) => line.startsWith("int8-multiply ")) && !wide.at(-1)!.includes("--wide"));
  // What the short answer says is what the long one says.
  const cellsOf = (line: string) => line.trim().split(/ {2,}/);
  for (const row of ["MACs", "operations", "moved"]) {
    const [short, long] = [brief, wide].map((all) => cellsOf(all.find((line) => line.startsWith(`${row} `))!));
    assertEquals(short, long!.slice(0, short!.length));
  }
});

Deno.test("ops: --train counts a step that trains the last layers alone", async () => {
  const [all, part] = [await opsJson("lenet"), await opsJson("lenet", "--train", "last:2")];
  assertEquals([all.train, part.train], [undefined, "last:2"]);
  for (const [i, { layers, total, liveBytes }] of part.methods.entries()) {
    const back = new Set(layers.filter(({ phase }) => phase !== "forward").map(({ layer }) => layer));
    assertEquals([...back].filter((layer) => /^(conv|pool|dense1)/.test(layer)), []);
    assert(back.has("dense2") && back.has("classifier"));
    assert(total.macs < all.methods[i]!.total.macs && liveBytes < all.methods[i]!.liveBytes);
  }
  const { stdout } = await eoq(["ops", "lenet", "--train", "last:2"]);
  assert(stdout.startsWith("lenet on 28x28x1, 10 classes: a training step of 1 image, trained last:2\n"), stdout);
  assertEquals((await opsJson("lenet", "--train", "all")).methods, all.methods);
  assertRefused(await eoq(["ops", "lenet", "--train", "last:6"]), 2, "--train: last:6: lenet has 5 layers");
});

Deno.test("ops: microcontrollers come as time and energy by method, and their lines fit 80 columns", async () => {
  const names = [...MICROCONTROLLERS.keys()], flags = ["--machine", names.join(",")];
  const { cores, methods } = await opsJson("lenet", ...flags);
  assertEquals(cores, [...MICROCONTROLLERS.values()]);
  const eoqs = methods.find(({ method }) => method === "eoq")!.cores!;
  assertEquals(eoqs.map(({ core }) => core), names);
  const { code, stdout } = await eoq(["ops", "lenet", ...flags]);
  assertEquals(code, 0);
  const lines = stdout.split("\n").filter((line) => !line.startsWith("--wide"));
  assert(lines.every((line) => line.length <= 80), lines.find((line) => line.length > 80));
  for (const { name, energyPerCycle } of MICROCONTROLLERS.values()) {
    assert(lines.some((line) => line.startsWith(`${name} time `)), name);
    assertEquals(lines.some((line) => line.startsWith(`${name} energy `)), energyPerCycle !== null, name);
  }
  assert(stdout.includes("are estimates"));
});

Deno.test("ops: a microcontroller's time by layer and in CSV adds up to that of the total", async () => {
  const words = ["mlp", "--method", "eoq,bn-fp32", "--machine", "rv32imc"];
  const { methods } = await opsJson(...words);
  const { stdout } = await eoq(["ops", ...words, "--by", "layer", "--format", "csv"]);
  const [header, ...rows] = stdout.trimEnd().split(/\r?\n/).map((line) => line.split(","));
  const column = header!.indexOf("rv32imc seconds");
  for (const { method, cores } of methods) {
    const own = rows.filter(([name]) => name === method).map((row) => Number(row[column]));
    const total = own.pop()!;
    assertAlmostEquals(total, cores![0]!.seconds, 1e-12);
    assertAlmostEquals(own.reduce((sum, each) => sum + each, 0), total, 1e-9);
  }
  const table = await eoq(["ops", ...words, "--by", "layer"]);
  assert(table.stdout.includes("  rv32imc\n"), table.stdout);
});

Deno.test("ops: --machine list names each microcontroller with its sources and every number", async () => {
  const { code, stdout } = await eoq(["ops", "--machine", "list"]);
  assertEquals(code, 0);
  for (const { name, sources } of MICROCONTROLLERS.values()) {
    assert(stdout.includes(`${name}: `));
    for (const { citation } of sources) assert(stdout.includes(citation));
  }
  const json = await eoq(["ops", "--machine", "list", "--json"]);
  assertEquals(JSON.parse(json.stdout), [...MICROCONTROLLERS.values()]);
});

Deno.test("ops: a microcontroller's file of the user's is as good as one that comes with eoq", () =>
  withFolder(async (folder) => {
    const path = `${folder}/mine.json`, m4 = MICROCONTROLLERS.get("cortex-m4")!;
    await Deno.writeTextFile(path, JSON.stringify({ ...m4, name: "mine", hertz: 2 * m4.hertz }));
    const { methods } = await opsJson("mlp", "--method", "eoq", "--machine", path, "--machine", "cortex-m4");
    const [mine, theirs] = methods[0]!.cores!;
    assertAlmostEquals(theirs!.seconds / mine!.seconds, 2, 1e-12);
    await Deno.writeTextFile(path, JSON.stringify({ ...m4, hertz: -1 }));
    assertRefused(await eoq(["ops", "mlp", "--machine", path]), 2, "--machine", path, "hertz");
    await Deno.writeTextFile(path, JSON.stringify(m4));
    assertRefused(await eoq(["ops", "mlp", "--machine", `cortex-m4,${path}`]), 2, "another microcontroller");
  }));

Deno.test("ops: a recipe of one's own changes what eoq executes and holds, and nothing of other methods", async () => {
  const count = async (...args: string[]) => {
    const { methods } = await opsJson("lenet", "--method", "eoq,bn-fp32", ...args);
    return methods.map(({ total, liveBytes }) => ({ total, liveBytes }));
  };
  const [plain, other] = await count();
  assertEquals(await count("--recipe", "default"), [plain, other]);
  for (const args of [["--recipe", "paper"], ["--set", "centredGradients=off"], ["--smoothing", "0.1"]]) {
    const [changed, same] = await count(...args);
    assert(JSON.stringify(changed!.total) !== JSON.stringify(plain!.total), args.join(" "));
    if (args[0] !== "--smoothing") assertEquals(same, other);
  }
  const [wide] = await count("--weights", "24");
  assert(wide!.liveBytes > plain!.liveBytes);
});
