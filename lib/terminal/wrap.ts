/**
 * Prose in lines that fit.
 *
 * @module
 */

/** Orders for colour, which take no room. */
// deno-lint-ignore no-control-regex
const COLOUR = /\x1b\[[0-9;]*m/g;

/** Columns before every line but the first of a line that was too long. */
const HANGING = "  ";

/** The words of a text in lines of at most `width`; a word that is longer stands alone. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A text whose lines are at most `width` long where words allow it; lines that are stay as they are. */
export function wrapLines(text: string, width: number): string {
  return text.split("\n").flatMap((line) => {
    if (line.replaceAll(COLOUR, "").length <= width) return [line];
    const indent = /^ */.exec(line)![0];
    const [first, ...rest] = wrapWords(line.trimStart(), width - indent.length - HANGING.length);
    return [indent + first, ...rest.map((each) => indent + HANGING + each)];
  }).join("\n");
}
