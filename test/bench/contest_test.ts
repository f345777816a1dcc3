import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Contestant, holdContest, type Peak } from "../../lib/bench/contest.ts";
import { ratioRowSchema, rowSchema } from "../../lib/report/bench.ts";
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
const CONTEST = { phase: "forward", shape: "16@32x32 batch 8", batch: 8, unit: "GMAC/s", gigaMacs: 1 } as const;

Deno.test("contest: each rate is a share of its path's own peak, a peer's of the best path's", async () => {
  const { entries, peakRates } = await holdContest(CONTEST, ENTRANTS, PEAKS, { seconds: 0 });
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
  const step = { phase: "train-step", shape: "resnet-20 batch 8", batch: 8, unit: "images/s", gigaMacs: 0.5 } as const;
  const { entries: [entry] } = await holdContest(step, [ENTRANTS[1]!], PEAKS, { seconds: 0 });
  assertAlmostEquals(entry!.row.percentOfPeak, 100 * 160 * 0.5 / 200, 1e-9);
});

Deno.test("contest: eoq's entries on the best path are held against every other entry", async () => {
  const { ratios } = await holdContest(CONTEST, ENTRANTS, PEAKS, { seconds: 0 });
  const lines = ratios.map((each) => {
    const { of, to, median, interval, pairs } = ratioRowSchema.parse(each);
    assertEquals([of.isa, pairs], ["avx512vnni", 5]);
    interval.forEach((bound) => assertAlmostEquals(bound, median, 1e-9));
    return `${of.variant} / ${to.subject} ${to.variant} ${to.isa}: ${median.toFixed(3)}`;
  });
  assertEquals(lines, [
    "int8 / eoq int8 avx2: 2.000",
    "int8 / eoq fp32 avx512vnni: 5.000",
    "int8 / oneDNN s8s8 native: 1.600",
    "int8 / oneDNN fp32 native: 3.333",
    "fp32 / eoq int8 avx2: 0.400",
    "fp32 / eoq int8 avx512vnni: 0.200",
    "fp32 / oneDNN s8s8 native: 0.320",
    "fp32 / oneDNN fp32 native: 0.667",
  ]);
});

const TABLE = `\
                                               GMAC/s      95 %       % of         eoq int8         eoq fp32
                                               median  interval  MAD  peak     is, interval     is, interval
forward 16@32x32 batch 8  eoq int8 avx2            80     80-80    0  80 %  2.00x 2.00-2.00  0.40x 0.40-0.40
                          eoq int8 avx512vnni     160   160-160    0  80 %                   0.20x 0.20-0.20
                          eoq fp32 avx512vnni      32     32-32    0  50 %  5.00x 5.00-5.00
                          oneDNN s8s8             100   100-100    0  50 %  1.60x 1.60-1.60  0.32x 0.32-0.32
                          oneDNN fp32              48     48-48    0  75 %  3.33x 3.33-3.33  0.67x 0.67-0.67`;

Deno.test("contest: the table holds every entry against eoq's on the best path", async () => {
  const outcome = await holdContest(CONTEST, ENTRANTS, PEAKS, { seconds: 0 });
  assertEquals(formatOutcomes([outcome], PEAKS).join("\n"), TABLE);
});
