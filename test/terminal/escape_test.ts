import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { alignColumns } from "../../lib/terminal/columns.ts";
import { visible } from "../../lib/terminal/escape.ts";
import { formatSection, markdownSection } from "../../lib/terminal/section.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";

/** A title for the window, a cleared screen, a C1 order and text that runs backwards. */
const ORDERS = "\x1b]0;x\x07\x1b[2J\x9b31m\u202eabc";
const SHOWN = "\\x1b]0;x\\x07\\x1b[2J\\x9b31m\\u202eabc";

Deno.test("escape: orders for a terminal are shown as numbers, all else stays", () => {
  assertEquals(visible(ORDERS), SHOWN);
  assertEquals(visible("a\nb\tc"), "a\\x0ab\\x09c");
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x1f\x7f-\x9f]/.test(visible(text)));
  }));
  assertEquals(visible("Größe 3×3 ▁█ 日本"), "Größe 3×3 ▁█ 日本");
});

Deno.test("escape: tables and sections have none of them, and stay aligned", () => {
  assertEquals(alignColumns([[ORDERS, "1"], ["b", "2"]]), [`${SHOWN}  1`, `${"b".padEnd(SHOWN.length)}  2`]);
  const section = { title: ORDERS, columns: ["a"], words: 1, rows: [[ORDERS]], notes: [ORDERS] };
  assertEquals(formatSection(section), `${SHOWN}\na\n${SHOWN}\n${SHOWN}\n`);
});

Deno.test("escape: Markdown has no elements of HTML", () => {
  const hostile = "<img src=x onerror=alert(1)> & <b>";
  const text = markdownSection({ title: hostile, columns: [hostile], words: 1, rows: [[hostile]], notes: [hostile] });
  assert(!text.includes("<"), text);
  assertEquals(text.split("&lt;img src=x onerror=alert(1)> &amp; &lt;b>").length, 5);
});

Deno.test("escape: errors and output of every command that reads files have none of them", () =>
  withFolder(async (folder) => {
    const path = `${folder}/\x1b[2J.json`;
    await Deno.writeTextFile(path, JSON.stringify({ model: ORDERS }));
    assertRefused(await eoq(["config", "--config", path]), 2, SHOWN, "\\x1b[2J.json");
    const machine = { schemaVersion: 1, name: ORDERS, source: ORDERS, gigaMacs: { int8: 1, fp32: 1 }, gigabytes: 1 };
    await Deno.writeTextFile(path, JSON.stringify(machine));
    const { code, stdout, stderr } = await eoq(["ops", "mlp", "--machine", path]);
    assertEquals([code, stderr], [0, ""]);
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(stdout) && stdout.includes(SHOWN), stdout);
    await Deno.writeTextFile(path, JSON.stringify({ ...machine, gigaMacs: { int8: 1e-320, fp32: 1 } }));
    assertRefused(await eoq(["ops", "mlp", "--machine", path]), 2, "--machine or --cost has a number out of all range");
  }));
