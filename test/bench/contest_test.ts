import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Contestant, holdContest, type Peak } from "../../lib/bench/contest.ts";
import { rowSchema } from "../../lib/bench/schema.ts";
import { formatOutcomes } from "../../lib/bench/tables.ts";

/** Seconds are claimed, not spent, so every rate is exact. */
const claims = (rate: number, work = 1) => ({ work, run: (repetitions: number) => repetitions * work / rate });

function peak(isa: string, arithmetic: Peak["arithmetic"], rate: number): Peak {
  return { isa, arithmetic, threads: 1, ...claims(rate) };
}

function contestant(
  subject: Contestant["subject"],
  variant: string,
  arithmetic: Contestant["arithmetic"],
  isa: string,
  rate: number,
): Contestant {
  return { subject, variant, arithmetic, isa, threads: 1, ...claims(rate, 8), close: () => {} };
}

const PEAKS = [
  peak("avx2", "int8", 100),
  peak("avx2", "fp32", 50),
  peak("avx512vnni", "int8", 200),
  peak("avx512vnni", "fp32", 64),
];
const ENTRANTS = [
  contestant("eoq", "int8", "int8", "avx2", 80),
  contestant("eoq", "int8", "int8", "avx512vnni", 160),
  contestant("eoq", "fp32", "fp32", "avx512vnni", 32),
  contestant("oneDNN", "s8s8", "int8", "native", 100),
  contestant("oneDNN", "fp32", "fp32", "native", 48),
];
const CONTEST = { phase: "forward", shape: "16@32x32 batch 8", unit: "GMAC/s", gigaMacs: 1 } as const;

Deno.test("contest: each rate is a share of its path's own peak, a peer's of the best path's", async () => {
  const { entries, peakRates } = await holdContest(CONTEST, ENTRANTS, PEAKS, 0);
  const expected: [string, number, number][] = [
    ["int8 16@32x32 batch 8", 80, 80],
    ["int8 16@32x32 batch 8", 160, 80],
    ["fp32 16@32x32 batch 8", 32, 50],
    ["s8s8 16@32x32 batch 8", 100, 50],
    ["fp32 16@32x32 batch 8", 48, 75],
  ];
  entries.forEach(({ row }, i) => {
    rowSchema.parse(row);
    const [shape, median, percent] = expected[i]!;
    assertEquals([row.shape, row.phase, row.unit, row.samples], [shape, "forward", "GMAC/s", 5]);
    assertAlmostEquals(row.median, median, 1e-9);
    assertAlmostEquals(row.percentOfPeak, percent, 1e-9);
  });
  assertEquals(peakRates.map((rates) => Math.round(rates[0]!)), [100, 50, 200, 64]);
});

Deno.test("contest: images a second become a share of the peak through the multiply-adds of an image", async () => {
  const step = { phase: "train-step", shape: "resnet-20 batch 8", unit: "images/s", gigaMacs: 0.5 } as const;
  const { entries: [entry] } = await holdContest(step, [ENTRANTS[1]!], PEAKS, 0);
  assertAlmostEquals(entry!.row.percentOfPeak, 100 * 160 * 0.5 / 200, 1e-9);
});

const TABLE = `\
                                               GMAC/s       % of  eoq int8  eoq fp32
                                               median  MAD  peak        is        is
forward 16@32x32 batch 8  eoq int8 avx2            80    0  80 %     2.00x     0.40x
                          eoq int8 avx512vnni     160    0  80 %               0.20x
                          eoq fp32 avx512vnni      32    0  50 %     5.00x
                          oneDNN s8s8             100    0  50 %     1.60x     0.32x
                          oneDNN fp32              48    0  75 %     3.33x     0.67x`;

Deno.test("contest: the table holds every entry against eoq's on the best path", async () => {
  const outcome = await holdContest(CONTEST, ENTRANTS, PEAKS, 0);
  assertEquals(formatOutcomes([outcome], PEAKS).join("\n"), TABLE);
});
