/**
 * The headers of kernels/device and kernels/int8 as the text of one file: of
 * their paragraphs those that the rest of the file needs.
 *
 * @module
 */

import { packageText } from "../../package/files.ts";

/** What includes all others. */
const ROOTS = ["forward", "pools", "classify", "backward", "learn", "sha256", "state"];

/** What a device has no use for: operations are counted on the host. */
const LEFT_OUT = /tally\.h$/;

/** What of the shared loops is for WebAssembly, whose headers stand for others (kernels/device/products_simd128.h). */
const WEBASSEMBLY = /^#if defined\(__wasm_simd128__\)\n[^]*?^#endif\n/gm;

/** A definition with its comment, and the names that others know it by. */
interface Paragraph {
  readonly text: string;
  readonly names: readonly string[];
}

/** Names that a paragraph defines: functions, types, constants, macros and tables. */
function namesIn(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
  const enumerators = [...code.matchAll(/\benum\s*\{([\s\S]*?)\}/g)]
    .flatMap(([, list]) => list!.split(",").map((each) => /^\s*(\w+)/.exec(each)?.[1]));
  const others = [
    ...code.matchAll(/^static (?:inline )?[\w\s*]*?\b(\w+)\(/gm),
    ...code.matchAll(/^\}\s*(\w+);/gm),
    ...code.matchAll(/^typedef enum \{.*\} (\w+);/gm),
    ...code.matchAll(/^#define (\w+)/gm),
    ...code.matchAll(/^static const \w+ (\w+)\[/gm),
  ].map(([, name]) => name);
  return [...enumerators, ...others].filter((name) => name !== undefined);
}

/** Headers that stand for others. */
export type Replaced = Readonly<Record<string, string>>;

/** The paragraphs of a header and of those that it includes, each once. */
async function paragraphsOf(header: string, seen: Set<string>, replaced: Replaced): Promise<Paragraph[]> {
  const path = replaced[header] ?? header;
  if (seen.has(path) || LEFT_OUT.test(path)) return [];
  seen.add(path);
  const text = await packageText(path), folder = path.slice(0, path.lastIndexOf("/") + 1);
  const included: Paragraph[] = [];
  for (const [, name] of text.matchAll(/^#include "(.*)"$/gm)) {
    included.push(...await paragraphsOf(new URL(folder + name, "file:///").pathname.slice(1), seen, replaced));
  }
  const own = (Object.keys(replaced).length > 0 ? text : text.replace(WEBASSEMBLY, ""))
    .replace(/^\/\*[\s\S]*?\*\/\n/, "") // what the header is about
    .replace(/^#(ifndef|define) EOQ_\w+_H\n/gm, "")
    .replace(/\n#endif\n$/, "\n")
    .replace(/^#include (".*"|<(stddef|stdint|string)\.h>)\n/gm, "")
    .replace(/^ *EOQ_TALLY.*\n/gm, "")
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "");
  return [...included, ...own.map((paragraph) => ({ text: paragraph, names: namesIn(paragraph) }))];
}

/** What stands in every file, whoever names it. */
function isAlways({ names, text }: Paragraph): boolean {
  return names.length === 0 || /^\/\*.*\*\/\n#define mem|^#define mem/.test(text);
}

/**
 * The text of the headers that `code` needs, for the beginning of its file.
 *
 * @param replaced headers for a processor of its own, by the path of those that they stand for
 * @throws {RunError} when a header cannot be had.
 */
export async function headersFor(code: string, replaced: Replaced = {}): Promise<string> {
  const seen = new Set<string>(), all: Paragraph[] = [];
  for (const root of ROOTS) all.push(...await paragraphsOf(`kernels/device/${root}.h`, seen, replaced));
  const needed = new Set(all.filter(isAlways));
  const queue = [code, ...[...needed].map(({ text }) => text)];
  for (let text = queue.pop(); text !== undefined; text = queue.pop()) {
    const words = new Set(text.match(/\w+/g));
    for (const paragraph of all) {
      if (needed.has(paragraph) || !paragraph.names.some((name) => words.has(name))) continue;
      needed.add(paragraph);
      queue.push(paragraph.text);
    }
  }
  return all.filter((paragraph) => needed.has(paragraph)).map(({ text }) => text).join("\n\n") + "\n";
}
