/**
 * Machines against each other on the same work.
 *
 * @module
 */

import { formatRate } from "../../terminal/format.ts";
import type { Environment } from "../../report/run.ts";
import { dotChart } from "../charts/dots.ts";
import { stylesOf } from "../charts/series.ts";
import type { Figure } from "../figure.ts";
import { machineKey, objections, shortCpu } from "../machine.ts";
import { benchRates, peakRates, type Rate, runRates } from "../rate.ts";
import { groupBy } from "../run.ts";
import type { Source } from "../../report/read.ts";

/** A machine's rate beside that of the first machine that did the same work. */
interface Standing {
  readonly rate: Rate;
  readonly machine: string;
  readonly perCore: number;
  readonly perWatt: number | null;
  /** In those of the first machine. */
  readonly ratio: number;
  readonly ratioPerCore: number;
  readonly objections: readonly string[];
}

/** A name for each machine: its CPU, with a number where two have one. */
function machineNames(environments: readonly Environment[]): Map<string, string> {
  const keys = [...new Map(environments.map((each) => [machineKey(each), shortCpu(each.cpu)]))];
  return new Map(keys.map(([key, cpu], i) => {
    const alike = keys.filter(([, other]) => other === cpu).length;
    return [key, alike > 1 ? `${cpu} (${1 + keys.slice(0, i).filter(([, other]) => other === cpu).length})` : cpu];
  }));
}

/** What disturbs a measurement only ever slows it: of several on one machine the fastest stands. */
function fastestByMachine(rates: readonly Rate[]): Rate[] {
  return groupBy(rates, ({ environment }) => machineKey(environment)).map((group) =>
    group.reduce((best, each) => each.value / each.threads > best.value / best.threads ? each : best)
  );
}

function standings(rates: readonly Rate[], names: ReadonlyMap<string, string>): Standing[] {
  const first = rates[0]!;
  return rates.map((rate) => {
    const perCore = rate.value / rate.threads;
    return {
      rate,
      machine: names.get(machineKey(rate.environment))!,
      perCore,
      perWatt: rate.watts === undefined ? null : rate.value / rate.watts,
      ratio: rate.value / first.value,
      ratioPerCore: perCore / (first.value / first.threads),
      objections: [
        ...objections(first.environment, rate.environment),
        ...(rate.weights === first.weights ? [] : ["other weights: the results differ"]),
      ],
    };
  });
}

function verdict({ objections, rate }: Standing, first: Rate): string {
  if (rate === first) return "reference";
  if (objections.length > 0) return `NOT COMPARABLE: ${objections.join("; ")}`;
  return rate.threads === first.threads ? "yes" : "per core only: other threads";
}

/** One figure over all work that two machines have done; none where there is one machine. */
export function hardware(sources: readonly Source[]): Figure[] {
  const rates = [...peakRates(sources), ...benchRates(sources), ...runRates(sources)];
  const names = machineNames(rates.map(({ environment }) => environment));
  if (names.size < 2) return [];
  const works = groupBy(rates, ({ work }) => work).map(fastestByMachine);
  const shared = works.filter((each) => each.length > 1);
  const alone = works.length - shared.length;
  const all = shared.map((each) => standings(each, names));
  if (all.length === 0) {
    return [{
      id: "hardware",
      title: "The same work on several machines",
      notes: [`None of ${works.length} measurements was made on more than one machine: NOT COMPARABLE.`],
      table: { caption: "Machines", columns: [{ name: "machine" }], rows: [...names.values()].map((name) => [name]) },
    }];
  }
  const styles = stylesOf([...names.values()]);
  const others = all.flatMap((each) => each.slice(1));
  const barred = others.filter((each) => each.objections.length > 0).length;
  const nameOf = ({ rate: { shape, variant, subject } }: Standing) =>
    `${subject === "eoq" ? "" : `${subject} `}${variant} ${shape}`;
  return [{
    id: "hardware",
    title: "The same work on several machines",
    notes: [
      `Rates for each core in use, in those of ${all[0]![0]!.machine}; right of 1 is faster.`,
      ...(barred > 0 ? [`Hollow signs are NOT COMPARABLE, ${barred} of ${others.length}: the table says why.`] : []),
      ...(alone > 0
        ? [`${alone} of ${works.length} measurements were made on one machine alone and are left out.`]
        : []),
    ],
    plot: {
      alt: `Ratio of the rate for each core in use: ${
        others.map((each) =>
          `${each.machine}, ${each.rate.phase} ${nameOf(each)}: ${each.ratioPerCore.toFixed(2)}${
            each.objections.length > 0 ? " (not comparable)" : ""
          }`
        ).join("; ")
      }.`,
      chart: dotChart({
        label: "rate a core, the first machine's = 1, logarithmic",
        log: true,
        reference: 1,
        format: (value) => String(Number(value.toPrecision(2))),
        dots: all.flatMap((each) =>
          each.map((standing) => ({
            group: standing.rate.phase,
            label: nameOf(standing),
            style: {
              ...styles.get(standing.machine)!,
              ...(standing.objections.length > 0 && { hollow: true, label: `${standing.machine}, not comparable` }),
            },
            value: standing.ratioPerCore,
            ...(standing !== each[0] && { text: standing.ratioPerCore.toFixed(2) }),
          }))
        ),
      }),
    },
    table: {
      caption: "The same work by machine",
      columns: [
        ...["work", "machine", "comparable", "path", "threads"].map((name) => ({ name })),
        { name: "rate", format: formatRate },
        { name: "unit" },
        { name: "a core in use", format: formatRate },
        { name: "a watt", format: formatRate },
        { name: "x the first", format: (value) => value.toFixed(2) },
        { name: "a core, x the first", format: (value) => value.toFixed(2) },
      ],
      rows: all.flatMap((each) =>
        each.map((standing) => [
          `${standing.rate.phase} ${nameOf(standing)}`,
          standing.machine,
          verdict(standing, each[0]!.rate),
          ...[standing.rate.isa, standing.rate.threads, standing.rate.value, standing.rate.unit],
          ...[standing.perCore, standing.perWatt, standing.ratio, standing.ratioPerCore],
        ])
      ),
    },
  }];
}
