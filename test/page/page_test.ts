import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseHTML } from "linkedom";
import type { Cell, Figure } from "../../lib/page/figure.ts";
import { pageHtml } from "../../lib/page/page.ts";
import { sectionsOf } from "../../lib/page/sections.ts";
import type { Source } from "../../lib/report/read.ts";
import { machine, runsReport, smallBatchReport, sources } from "./samples.ts";

function page(from: readonly Source[]): string {
  return pageHtml(from, sectionsOf(from));
}

/** What of linkedom's document the tests look at. */
interface Page {
  querySelectorAll(selector: string): Iterable<{ textContent: string; getAttribute(name: string): string | null }>;
}

function parse(html: string): Page {
  return (parseHTML(html) as unknown as { document: Page }).document;
}

function attributes(html: string, selector: string, name: string): (string | null)[] {
  return [...parse(html).querySelectorAll(selector)].map((element) => element.getAttribute(name));
}

/** All numbers of a JSON value. */
function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

function figureCells(id: string): readonly (readonly Cell[])[] {
  const figures: readonly Figure[] = sectionsOf(sources).flatMap((section) => section.figures);
  return figures.find((figure) => figure.id.startsWith(id))!.table.rows;
}

Deno.test("page: holds the files that it was made from", () => {
  const [data] = [...parse(page(sources)).querySelectorAll("#data")];
  assertEquals(
    JSON.parse(data!.textContent),
    JSON.parse(JSON.stringify(sources.map(({ file, document }) => ({ file, document })))),
  );
});

Deno.test("page: what its tables give exactly is in the files", () => {
  const known = new Set(numbersOf(sources.map(({ document }) => document)));
  const given = [
    "accuracy-against-images",
    "online-",
    "online-end-",
    "layers-",
    "kernels-",
    "isometry-",
    "operations-",
    "counts-",
  ].flatMap(
    figureCells,
  );
  assert(given.length > 20);
  // Images done by the end of an epoch are the one number that a file does not spell out.
  for (const cell of given.flat()) if (typeof cell === "number" && cell !== 60_000) assert(known.has(cell), `${cell}`);
  const shown = attributes(page(sources), "data", "value").map(Number);
  for (const cell of given.flat()) if (typeof cell === "number") assert(shown.includes(cell), `${cell}`);
});

Deno.test("page: a figure for every kind of result", () => {
  const ids = sectionsOf(sources).flatMap(({ figures }) => figures.map(({ id }) => id));
  for (
    const begin of [
      ...["final-", "small-batch-", "accuracy-against-images-", "accuracy-against-wall-time-", "loss-", "step-rates"],
      ...[
        "run-rates",
        "ratios-",
        "warnings",
        "steps-",
        "layers-",
        "kernels-forward-",
        "hardware",
        "environments",
        "operations-",
        "memory",
      ],
      ...[
        "isometry-gradient-",
        "isometry-phi-",
        "roofline-",
        "cost-ratios-",
        "counts-",
        "traffic-",
        "energy-",
        "files",
      ],
      ...["online-resnet-8-on-mnist-test", "online-end-"],
    ]
  ) {
    assert(ids.some((id) => id.startsWith(begin)), begin);
  }
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("page: ids are unique, also where the same results come twice", () => {
  const [first] = sources;
  const html = page([...sources, { ...first!, file: "b/results.json" }]);
  const ids = attributes(html, "[id]", "id");
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("page: every plot has a text for who cannot see it, every table a caption, headings go down by one", () => {
  const html = page(sources);
  const alts = attributes(html, "svg[role=img]", "aria-label");
  assert(alts.length > 20 && alts.every((alt) => alt !== null && alt.length > 20), alts.join("\n"));
  const document = parse(html);
  const captions = [...document.querySelectorAll("table > caption")].map(({ textContent }) => textContent);
  assertEquals(captions.length, [...document.querySelectorAll("table")].length);
  assert(captions.every((caption) => caption !== ""));
  const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
  assertEquals(levels[0], 1);
  levels.forEach((level, i) => assert(i === 0 || level <= levels[i - 1]! + 1));
});

Deno.test("page: asks for nothing from outside", () => {
  const html = page(sources);
  const addresses = attributes(html, "[src]", "src").concat(attributes(html, "[href]", "href"));
  for (const address of addresses) assert(/^(#|data:)/.test(address!), address!);
  assert(!/url\(|@import/.test(html));
  assertStringIncludes(html, "default-src 'none'");
});

Deno.test("page: text from files is text", () => {
  const hostile = `"'></script></style><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\u0000`;
  const report = runsReport({
    command: hostile,
    environment: machine({ cpu: hostile, os: hostile, compiler: hostile }),
  });
  const cells = smallBatchReport.cells.map((each) => ({ ...each, name: hostile, message: hostile }));
  const [block] = sources.flatMap((source) => source.kind === "bench" ? source.document.breakdowns : []);
  const bench = sources.flatMap((source) => source.kind === "bench" ? [source.document] : [])[0]!;
  const layers = [{ ...block!.layers[0]!, layer: hostile }];
  const rows = bench.rows.map((row) => ({ ...row, shape: `eoq ${hostile}`, isa: hostile }));
  const from: Source[] = [
    { kind: "runs", file: hostile, watts: undefined, document: report },
    { kind: "paper", file: `${hostile}2`, watts: undefined, document: { ...smallBatchReport, cells, budget: hostile } },
    {
      kind: "bench",
      file: `${hostile}3`,
      watts: undefined,
      document: { ...bench, rows, breakdowns: [{ ...block!, layers }] },
    },
  ];
  const html = page(from);
  assertEquals(html.match(/<script/g)?.length, 1);
  assertEquals([html.includes("<img"), html.includes("onerror=alert(1)>&amp;\u0000")], [false, false]);
  const document = parse(html);
  assertEquals([...document.querySelectorAll("img, [onerror], script:not(#data)")].length, 0);
  const [data] = [...document.querySelectorAll("#data")];
  assertEquals(JSON.parse(data!.textContent)[0].document.command, hostile);
});
