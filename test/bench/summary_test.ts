import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Contest, type Contestant, holdContest, type Outcome, type Peak } from "../../lib/bench/contest.ts";
import { formatSummary, summaryLines } from "../../lib/bench/summary.ts";

/** Seconds are claimed, not spent, so every rate is exact. */
const claims = (rate: number) => ({ work: 1, run: (repetitions: number) => repetitions / rate });

const SETTING = { isa: "avx2", threads: 1 };
const PEAKS: Peak[] = [
  { arithmetic: "int8", ...SETTING, ...claims(100) },
  { arithmetic: "fp32", ...SETTING, ...claims(50) },
];

type Entrant = [subject: Contestant["subject"], variant: string, arithmetic: Contestant["arithmetic"], rate: number];

/** What comes out of a contest between entrants of these rates. */
function held(contest: Pick<Contest, "phase" | "shape" | "unit">, ...entrants: Entrant[]): Promise<Outcome> {
  const contestants = entrants.map(([subject, variant, arithmetic, rate]): Contestant => ({
    ...{ subject, variant, arithmetic, close: () => {} },
    ...SETTING,
    ...claims(rate),
  }));
  return holdContest({ ...contest, batch: 8, gigaMacs: 1 }, contestants, PEAKS, { seconds: 0 });
}

const kernels = async () => [
  await held(
    { phase: "forward", shape: "16@32x32 batch 8", unit: "GMAC/s" },
    ["eoq", "int8", "int8", 80],
    ["eoq", "fp32", "fp32", 40],
    ["oneDNN", "u8s8", "int8", 100],
    ["oneDNN", "fp32", "fp32", 20],
  ),
  await held(
    { phase: "forward", shape: "64@8x8 batch 8", unit: "GMAC/s" },
    ["eoq", "int8", "int8", 20],
    ["eoq", "fp32", "fp32", 10],
    ["oneDNN", "u8s8", "int8", 4],
    ["oneDNN", "fp32", "fp32", 5],
  ),
  await held(
    { phase: "forward", shape: "GEMM 8x16x144", unit: "GMAC/s" },
    ["eoq", "int8", "int8", 50],
    ["oneDNN", "u8s8", "int8", 80],
  ),
];

Deno.test("summary: a line a pass and arithmetic, geometric means over the shapes, products apart", async () => {
  const lines = summaryLines(await kernels(), [SETTING]);
  assertEquals(lines.map(({ work, name }) => `${work} ${name}`), ["forward int8", "forward fp32", "GEMM int8"]);
  const [int8, fp32] = lines;
  assertAlmostEquals(int8!.rate, 40, 1e-9);
  assertAlmostEquals(int8!.percentOfPeak, 40, 1e-9);
  // int8 is held against the fastest whatever its arithmetic, fp32 against fp32.
  assertEquals(int8!.rivals.map(({ name }) => name), ["oneDNN u8s8", "oneDNN fp32"]);
  [0.8, 4].forEach((ratio, i) => assertAlmostEquals(int8!.rivals[i]!.ratio, ratio, 1e-9));
  assertEquals(fp32!.rivals.map(({ name }) => name), ["oneDNN fp32", "oneDNN fp32"]);
  [2, 2].forEach((ratio, i) => assertAlmostEquals(fp32!.rivals[i]!.ratio, ratio, 1e-9));
});

const TABLE = `\
eoq's own, GMAC/s, geometric means over the shapes, and % of the peak;
the fastest peer, eoq's rate by its rate, and in how many it is ahead
         batch        rate  peak    best peer  ratio  peer ahead
forward  8      int8    40  40 %  oneDNN u8s8  1.79x         1/2
forward  8      fp32    20  40 %  oneDNN fp32  2.00x         0/2
GEMM     8      int8    50  50 %  oneDNN u8s8  0.63x         1/1
a peer is faster: GEMM 8x16x144, int8 has 0.63x the rate of oneDNN u8s8
a peer is faster: forward 16@32x32 batch 8, int8 has 0.80x the rate of oneDNN u8s8`;

Deno.test("summary: the table says where a peer is faster, and without peers has no columns for them", async () => {
  const outcomes = await kernels();
  assertEquals(formatSummary(outcomes, [SETTING], Infinity).join("\n"), TABLE);
  const alone = await held({ phase: "forward", shape: "a", unit: "GMAC/s" }, ["eoq", "int8", "int8", 50]);
  assertEquals(summaryLines([alone], [SETTING])[0]!.rivals, []);
  const table = formatSummary([alone], [SETTING], Infinity).join("\n");
  assert(!table.includes("peer"), table);
});

Deno.test("summary: of a peer's modes the fastest counts, and a table of steps fits 80 columns", async () => {
  const outcome = await held(
    { phase: "train-step", shape: "resnet-20 batch 8", unit: "images/s" },
    ["eoq", "eoq", "int8", 60],
    ["eoq", "bn-fp32", "fp32", 30],
    ["PyTorch", "bn-fp32", "fp32", 5],
    ["PyTorch", "bn-fp32 compile channels-last", "fp32", 15],
  );
  const lines = formatSummary([outcome], [SETTING], 80);
  assert(lines.every((line) => line.length <= 80), lines.join("\n"));
  assertEquals(lines.at(-2), "train-step  8      eoq        60  60 %  PyTorch compile channels-last  4.00x");
  assertEquals(lines.at(-1), "train-step  8      bn-fp32    30  60 %  PyTorch compile channels-last  2.00x");
});

Deno.test("summary: only the worst ten places are named, the rest counted", async () => {
  const outcomes = [];
  for (let i = 1; i <= 12; i++) {
    outcomes.push(
      await held(
        { phase: "forward", shape: `${i}@8x8 batch 8`, unit: "GMAC/s" },
        ["eoq", "int8", "int8", i],
        ["oneDNN", "s8s8", "int8", 64],
      ),
    );
  }
  const lines = formatSummary(outcomes, [SETTING], 80).slice(-11);
  assert(lines[0]!.includes("forward 1@8x8 batch 8, int8 has 0.02x"), lines[0]);
  assertEquals(lines.at(-1), "and in 2 more");
});
