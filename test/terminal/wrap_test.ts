import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatSection } from "../../lib/terminal/section.ts";
import { wrapLines, wrapWords } from "../../lib/terminal/wrap.ts";

Deno.test("wrap: every word is there, in order, in lines that fit wherever words do", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(words, fc.integer({ min: 12, max: 60 }), (all, width) => {
    const lines = wrapWords(all.join(" "), width);
    assertEquals(lines.join(" ").split(" "), all);
    for (const line of lines) assert(line.length <= width || !line.includes(" "), line);
    const text = wrapLines(`  ${all.join(" ")}\nshort`, width);
    assertEquals(text.split(/\s+/).filter((word) => word !== ""), [...all, "short"]);
    for (const line of text.split("\n")) assert(line.length <= width || !line.trim().includes(" "), line);
  }));
});

Deno.test("wrap: what fits stays as it is, colour takes no room, and without an end nothing is broken", () => {
  const table = "a    b\n\n   1  2 ";
  assertEquals(wrapLines(table, 10), table);
  const bold = `\x1b[1m${"x".repeat(10)}\x1b[22m`;
  assertEquals(wrapLines(bold, 10), bold);
  assertEquals(wrapLines("a b ".repeat(1000), Infinity), "a b ".repeat(1000));
});

Deno.test("section: rows whose columns do not fit side by side stand one below the other", () => {
  const name = "a name of many words that no terminal of forty columns has room for";
  const section = {
    title: "t",
    columns: ["value", "verdict", "now"],
    words: 2,
    rows: [[name, "worse", "5"]],
    notes: [],
  };
  const lines = formatSection(section, 40).trimEnd().split("\n");
  for (const line of lines) assert(line.length <= 40, line);
  assertEquals(lines.slice(-2), ["  verdict  worse", "  now      5"]);
  assertEquals(formatSection(section).split("\n")[2], `${name}  worse      5`);
});
