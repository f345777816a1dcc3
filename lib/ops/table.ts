/**
 * What `eoq ops` found as tables of plain ASCII.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { bold } from "@std/fmt/colors";
import { cyclesOf } from "../count/cycles.ts";
import type { CostModel } from "../count/cost_model.ts";
import type { Microcontroller } from "../count/microcontroller.ts";
import { boundOf, type Machine } from "../count/roofline.ts";
import { bytesMoved, type Grouping, type LayerWork, sumWork } from "../count/work.ts";
import { alignBlocks, alignWithin } from "../terminal/columns.ts";
import { TRAITS } from "../exec/methods.ts";
import { visible } from "../terminal/escape.ts";
import { counted, formatCount, formatRate, formatSi, shapeText } from "../terminal/format.ts";
import { priceBy, ratioOf, REFERENCE } from "./report.ts";
import { groupedWork, type QuantityRow, quantityRows, roughCounts } from "./rows.ts";
import type { MethodOps, OpsReport } from "../report/ops.ts";

/** What stands for a number that there is not. */
const NONE = "-";

function valueText(value: number | null, unit: string): string {
  if (value === null) return NONE;
  if (unit === "bytes") return formatBytes(value, { binary: true });
  return unit === "J" || unit === "s" ? formatSi(value, unit) : formatCount(value);
}

function ratioText(ratio: number | null): string {
  if (ratio === null) return NONE;
  if (ratio < 0.001) return "< 0.001";
  return ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3);
}

/** Units that a number has behind it. */
const UNITS: ReadonlySet<string> = new Set(["bytes", "J", "s"]);

function rowText({ name, unit, values }: QuantityRow, reference: number, compared: readonly number[]): string[] {
  return [
    unit === "" || UNITS.has(unit) ? name : `${name} (${unit})`,
    ...values.map((value) => valueText(value, unit)),
    ...compared.map((i) => ratioText(ratioOf(values[reference]!, values[i]!))),
  ];
}

/** Counts that are the short answer. */
const TOTALS = ["MACs", "operations", "moved", "largest live memory"];

/** What is the short answer of a cost model, the first of these that it gives, and of a machine. */
const ANSWERS = ["energy", "latency", "area"], BOUND = "the bound, layer by layer";

/** The rows of a table: all that any method has some of, or the totals and a line for each cost model. */
function rowsOf(report: OpsReport, brief: boolean): QuantityRow[] {
  // Kinds that no method has any of would only lengthen the table.
  const rows = quantityRows(report).filter(({ values }) => values.some((value) => value !== 0));
  if (!brief) return rows;
  const [counts = [], ...groups] = Map.groupBy(rows, ({ group }) => group).values();
  const cores = new Set(report.cores?.map(({ name }) => name));
  const answers = groups.flatMap((group) => {
    if (cores.has(group[0]!.group)) {
      return group.filter(({ unit, values }) => unit !== "" && values.some((value) => value !== null))
        .map((row) => ({ ...row, group: "", name: `${row.group} ${row.name}` }));
    }
    const given = group.filter(({ values }) => values.some((value) => value !== null));
    const bound = given.find(({ name }) => name === BOUND);
    if (bound !== undefined) return [{ ...bound, group: "", name: "least time" }];
    const answer = ANSWERS.flatMap((name) => given.find((row) => row.name === name) ?? [])[0];
    return answer === undefined ? [] : [{ ...answer, group: "", name: `${answer.group} ${answer.name}` }];
  });
  return [...counts.filter(({ name }) => TOTALS.includes(name)), ...answers];
}

function quantityTable(report: OpsReport, { brief, width }: OpsTableOptions): string[] {
  const methods = report.methods.map(({ method }) => method);
  const reference = methods.indexOf(REFERENCE);
  const all = reference < 0 ? [] : methods.flatMap((_, i) => i === reference ? [] : [i]);
  // The short answer holds the first method against the reference, and so fits every terminal.
  const compared = brief ? all.slice(0, 1) : all;
  const filler = [...methods, ...compared].map(() => "");
  const groups = Map.groupBy(rowsOf(report, brief), ({ group }) => group);
  const blocks = alignBlocks(
    [
      ["", ...methods.map(() => ""), ...compared.map(() => `${REFERENCE} /`)],
      ["", ...methods, ...compared.map((i) => methods[i]!)],
      ...[...groups].flatMap(([group, rows]) => [
        ...group === "" ? [] : [["", ...filler], [`${group}:`, ...filler]],
        ...rows.map((row) =>
          rowText(brief ? { ...row, unit: UNITS.has(row.unit) ? row.unit : "" } : row, reference, compared)
        ),
      ]),
    ],
    1,
    width,
  );
  // The upper line of the head is empty where no ratio stands in the block.
  return blocks.map(([head, ...lines]) => head === "" ? lines : [head!, ...lines])
    .flatMap((block, i) => i === 0 ? block : ["", ...block]);
}

/** Cells of what bounds some work. */
function boundCells(machine: Machine | null, works: readonly LayerWork[]): string[] {
  if (machine === null) return [];
  const { compute, memory, seconds, bound } = boundOf(machine, works);
  return [...[compute, memory, seconds].map((each) => formatSi(each, "s")), bound];
}

interface GroupOptions extends Pick<OpsTableOptions, "models" | "width"> {
  readonly by: "layer" | "phase";
  readonly machine: Machine | null;
  readonly cores: readonly Microcontroller[];
}

function groupTable(each: MethodOps, { by, models, machine, cores, width }: GroupOptions): string[] {
  const bound = machine === null ? [] : ["compute", "memory", "at least", "bound by"];
  return alignWithin(
    [
      [
        by,
        "MACs",
        "multiplies",
        "adds",
        "others",
        "read",
        "written",
        ...[...models, ...cores].map(({ name }) => name),
        ...bound,
      ],
      ...groupedWork(each, by).map(([name, works]) => {
        const work = sumWork(works);
        const { multiplies, adds, others } = roughCounts(work), { read, written } = bytesMoved(work);
        return [
          ...[name, formatCount(work.macs), ...[multiplies, adds, others].map(formatCount)],
          ...[read, written].map((bytes) => valueText(bytes, "bytes")),
          ...models.map((model) => {
            const { energy } = priceBy(model, work);
            return valueText(energy.total ?? energy.operations, energy.unit ?? "");
          }),
          ...cores.map((core) => formatSi(cyclesOf(core, TRAITS[each.method].arithmetic, work).seconds, "s")),
          ...boundCells(machine, works),
        ];
      }),
    ],
    1,
    width,
  );
}

const WHAT: Readonly<Record<OpsReport["phase"], string>> = {
  inference: "inference",
  forward: "the forward pass of training",
  backward: "the backward pass",
  update: "the update",
  step: "a training step",
};

function title({ model, input, classes, phase, batch, train, macsPerImage }: OpsReport): string[] {
  const trained = train === undefined ? "" : `, trained ${train}`;
  return [
    `${model} on ${shapeText(input)}, ${classes} classes: ${WHAT[phase]} of ${counted(batch, "image")}${trained}`,
    `${formatCount(macsPerImage)} MACs an image forward, padding taps counted`,
  ];
}

function machineText({ name, source, gigaMacs, gigabytes }: Machine): string[] {
  const rates = `int8 ${formatRate(gigaMacs.int8)}, fp32 ${formatRate(gigaMacs.fp32)} GMAC/s, ${
    formatRate(gigabytes)
  } GB/s`;
  return [visible(`${name}: ${rates}; ${source}`)];
}

function coreText({ name, about, hertz, energyPerCycle }: Microcontroller): string {
  const energy = energyPerCycle === null ? "energy not known" : `${formatCount(energyPerCycle.picojoules)} pJ a cycle`;
  return visible(`${name}: ${about}; ${formatCount(hertz)}Hz, ${energy}`);
}

/** What a time on a microcontroller is. */
const ESTIMATE = [
  "Time and energy on microcontrollers are estimates: cycles of single",
  "instructions, summed. Nothing was run on one; compiled code takes longer.",
  "--machine list says what each is made of.",
];

/** How to see what a short answer leaves out. */
const MORE = "--wide adds every kind of operation and tensor; --by layer and --by phase break the totals up";

/** How {@linkcode formatOps} lays a report out. */
export interface OpsTableOptions {
  readonly by: Grouping;
  /** Whether totals alone are wanted. */
  readonly brief: boolean;
  /** Columns of text that there are. */
  readonly width: number;
  /** The models that the report's costs are of. */
  readonly models: readonly CostModel[];
  /** Whether titles may be bold. */
  readonly color: boolean;
}

function tables(report: OpsReport, options: OpsTableOptions): string[][] {
  const { by, models, width, color } = options;
  const head = (text: string) => color ? bold(text) : text;
  if (by === "kind") return report.methods.length === 0 ? [] : [quantityTable(report, options)];
  const { machine, cores = [] } = report;
  return report.methods.map((each) => [head(each.method), ...groupTable(each, { by, models, machine, cores, width })]);
}

/** Formats a report: totals with methods side by side, or a table of layers or phases for each method. */
export function formatOps(report: OpsReport, options: OpsTableOptions): string {
  const { cores = [] } = report;
  return [
    title(report),
    ...report.machine === null ? [] : [machineText(report.machine)],
    ...cores.length === 0 ? [] : [cores.map(coreText)],
    ...tables(report, options),
    ...cores.length === 0 ? [] : [ESTIMATE],
    ...options.brief && options.by === "kind" ? [[MORE]] : [],
    ...report.refused.map(({ method, reason }) => [`${method} does not run it: ${reason}`]),
  ].map((lines) => lines.join("\n")).join("\n\n") + "\n";
}
