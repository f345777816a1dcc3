import { assert, assertEquals } from "@std/assert";
import { INTERCONNECTS } from "../../lib/count/interconnect.ts";
import { makeScalePlan } from "../../lib/ops/scale_plan.ts";
import { formatInterconnects, formatScalePlan } from "../../lib/ops/scale_table.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { scalePlanSchema } from "../../lib/report/scale_plan.ts";
import { benchReport } from "../page/samples.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";

const RATE = ["--method", "eoq", "--compute", "1000"];

Deno.test("plan scale: the JSON has every network, scaling and number of ranks, and one rank has the given rate", async () => {
  const { code, stdout, stderr } = await eoq(["plan", "scale", "resnet-8", ...RATE, "--ranks", "1..6", "--json"]);
  assertEquals([code, stderr], [0, ""]);
  const { predictions, batch, environment } = scalePlanSchema.parse(JSON.parse(stdout));
  assertEquals([batch, environment], [128, null]);
  assertEquals([...new Set(predictions.map(({ ranks }) => ranks))], [1, 2, 4, 6]);
  assertEquals(predictions.length, 2 * 4 * INTERCONNECTS.size);
  for (const { ranks, imagesPerSecond, efficiency } of predictions) {
    if (ranks === 1) assertEquals([Math.round(imagesPerSecond), efficiency.toFixed(6)], [1000, "1.000000"]);
    else assert(efficiency < 1 && imagesPerSecond < 1000 * ranks);
  }
});

Deno.test("plan scale: a network of the user's is as good as one that comes with eoq, and steps are those of a report", () =>
  withFolder(async (folder) => {
    const file = `${folder}/mine.json`;
    await Deno.writeTextFile(file, JSON.stringify({ ...INTERCONNECTS.get("ethernet-10g")!, name: "mine" }));
    const words = ["plan", "scale", "resnet-8", ...RATE, "--ranks", "1,8", "--json", "--network"];
    const { stdout } = await eoq([...words, `${file},ethernet-10g`]);
    const { predictions } = scalePlanSchema.parse(JSON.parse(stdout));
    const of = (name: string) =>
      predictions.filter(({ network }) => network === name).map(({ efficiency }) => efficiency);
    assertEquals(of("mine"), of("ethernet-10g"));
    assertEquals(of("mine").length, 4);
    const report = `${folder}/step.json`, mine = ["plan", "scale", "resnet-8", "--ranks", "1", "--compute", report];
    await Deno.writeTextFile(report, JSON.stringify(benchReport));
    const planned = scalePlanSchema.parse(JSON.parse((await eoq([...mine, "--batch", "1", "--json"])).stdout));
    assertEquals(planned.environment, benchReport.environment);
    assertEquals(planned.methods.map(({ method, compute }) => [method, compute]), [
      ["eoq", [{ batch: 1, seconds: 1 / 400 }]],
      ["bn-fp32", [{ batch: 1, seconds: 1 / 250 }]],
    ]);
    assertRefused(await eoq([...mine, "--method", "wageubn"]), 2, "has no training step of wageubn on resnet-8");
  }));

Deno.test("plan scale: its page has a curve for each scaling", () =>
  withFolder(async (folder) => {
    const { stdout } = await eoq(["plan", "scale", "resnet-8", ...RATE, "--ranks", "1,8", "--json"]);
    await Deno.writeTextFile(`${folder}/plan.json`, stdout);
    const { code, stderr } = await eoq(["report", `${folder}/plan.json`, "-o", `${folder}/p.html`, "--svg", folder]);
    assertEquals([code, stderr], [0, ""]);
    for (const scaling of ["strong-scaling", "weak-scaling"]) {
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assert(names.some((name) => name.endsWith(".svg") && name.includes(scaling.split("-")[0]!)), names.join());
    }
    assertRefused(
      await eoq(["diff", `${folder}/plan.json`, `${folder}/plan.json`]),
      2,
      `${folder}/plan.json: is a plan`,
    );
  }));

Deno.test("plan scale: tables and networks fit 80 columns", () => {
  const compute = new Map(
    [["eoq", [{ batch: 128, seconds: 0.07 }]], ["bn-fp32", [{ batch: 128, seconds: 0.24 }]]] as const,
  );
  const networks = [...INTERCONNECTS.values()];
  const document = makeScalePlan({
    ...{ plan: buildPlan("resnet-8", { height: 32, width: 32, channels: 3, classes: 10 }), compute, networks },
    ...{ ranks: [1, 1024, 65_536], batch: 1024, command: "eoq plan scale", environment: null },
  });
  for (
    const text of [
      formatScalePlan(document, 80),
      formatScalePlan(document, Infinity),
      formatInterconnects(networks, 80),
    ]
  ) {
    for (const line of text.split("\n")) assert(line.length <= 80, line);
  }
});

/** Numbers of networks with which a step would never end, or take no time. */
const ENDLESS = [
  ["latency", "microseconds", -1],
  ["latency", "microseconds", 1e308],
  ["bandwidth", "gigabytesPerSecond", 1e-320],
  ["bandwidth", "gigabytesPerSecond", 1e300],
] as const;

Deno.test("plan scale: bad input is one line", () =>
  withFolder(async (folder) => {
    const network = INTERCONNECTS.get("ethernet-10g")!,
      broken = `${folder}/broken.json`,
      words = ["plan", "scale", "resnet-8"];
    await Deno.writeTextFile(broken, JSON.stringify({ ...network, latency: { ...network.latency, microseconds: 0 } }));
    const endless: [string[], string][] = [];
    for (const [of, key, value] of ENDLESS) {
      const file = `${folder}/${key}${endless.length}.json`;
      await Deno.writeTextFile(file, JSON.stringify({ ...network, [of]: { ...network[of], [key]: value } }));
      endless.push([[...words, ...RATE, "--network", file], `--network: ${file}: ${of}.${key}: `]);
    }
    const misspelt = `${folder}/misspelt.json`;
    await Deno.writeTextFile(misspelt, JSON.stringify({ ...network, bandwith: 1 }));
    const cases: [string[], string][] = [
      ...endless,
      [["plan", "scale"], "eoq plan scale needs MODEL"],
      [["plan", "scales", "resnet-8"], 'unknown subject of eoq plan "scales" (did you mean scale?)'],
      [[...words, ...RATE, "--ranks", "4..2"], '--ranks: "4..2" does not rise'],
      [[...words, ...RATE, "--ranks", "0,1"], '--ranks: "0" is not a whole number'],
      [[...words, ...RATE, "--ranks", "1e9"], '--ranks: "1e9" is not a whole number from 1 to 65536'],
      [[...words, ...RATE, "--ranks", "-1"], '--ranks: "-1" is no list of numbers of ranks'],
      [[...words, ...RATE, "--ranks", "mpi"], "--ranks: numbers of ranks"],
      [[...words, ...RATE, "--ranks", "two"], '--ranks: "two" is no list of numbers of ranks'],
      [[...words, ...RATE, "--network", "ethernet"], 'unknown network "ethernet"'],
      [[...words, ...RATE, "--network", broken], `--network: ${broken}: latency.microseconds: `],
      [
        [...words, ...RATE, "--network", misspelt],
        `--network: ${misspelt}: unknown key "bandwith" (did you mean bandwidth?)`,
      ],
      [[...words, "--compute", "1000"], "--compute: 1000 images/s is one method's"],
      [[...words, "--method", "eoq", "--compute", "0"], '--compute: "0" is no rate above 0'],
      ...[`0.${"0".repeat(300)}1`, "9".repeat(400)].map((rate): [string[], string] => [
        [...words, "--method", "eoq", "--compute", rate],
        "images/s are not from 0.000001 to 1000000000000",
      ]),
      [[...words, "--method", "eoq", "--compute", broken], `--compute: ${broken}: is not what eoq bench writes`],
      [["train", "--ranks", "2", "--epochs", "1"], 'unknown ranks "2"; known: mpi, none'],
    ];
    for (const [args, why] of cases) assertRefused(await eoq(args), 2, why);
  }));
