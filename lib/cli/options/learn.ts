/**
 * Options that say what a network learns from, image by image.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { STATISTICS, STREAM_ORDERS, STREAM_SPLITS, TURNS } from "../../train/online_state.ts";
import { oneOf } from "../../words.ts";
import type { ValueOption } from "./option.ts";
import { integer, list, text, word } from "./parsers.ts";

/** Methods that can be compared with. */
const COMPARED = ["bn-fp32", "fixup-fp32", "wageubn"] as const;

function parseTurn(degrees: string, flag: string): typeof TURNS[number] {
  const known = TURNS.map(String);
  return TURNS[known.indexOf(oneOf(`value of ${flag}`, degrees, known))]!;
}

/** `4` or `4,-2`: rows down and columns to the right. */
function parseShift(pixels: string, flag: string): [number, number] {
  const [, down, right = down] = /^(-?\d{1,4})(?:,(-?\d{1,4}))?$/.exec(pixels) ?? [];
  if (down === undefined) throw new UserError(`${flag}: "${pixels}" is not ROWS or ROWS,COLUMNS in pixels`);
  return [Number(down), Number(right)];
}

/** By their flag without dashes. */
export const LEARN_OPTIONS = {
  split: {
    placeholder: "NAME",
    help: `part of the dataset that is the stream: ${STREAM_SPLITS.join(", ")}`,
    fallback: "test",
    ...word("split", STREAM_SPLITS),
  },
  order: {
    placeholder: "NAME",
    help: "order of images: seeded, which --seed fixes, or listed, that of the files or of the dataset",
    fallback: "seeded",
    ...word("order", STREAM_ORDERS),
  },
  only: {
    placeholder: "CLASS,...",
    help: "take the images of these classes alone",
    parse: list,
  },
  rotate: {
    placeholder: "DEGREES",
    help: `turn images clockwise: ${TURNS.join(", ")}`,
    fallback: "0",
    values: TURNS.map(String),
    parse: parseTurn,
  },
  shift: {
    placeholder: "ROWS,COLUMNS",
    help: "move images so many pixels down and to the right, by negative numbers up and to the left; N for both",
    fallback: "0",
    parse: parseShift,
  },
  "change-at": {
    placeholder: "N",
    help: "images that come before the first that --rotate and --shift change",
    fallback: "0",
    parse: integer(0, 2 ** 31 - 1),
  },
  statistics: {
    placeholder: "NAME",
    help: "what bn-fp32 normalises with while it learns: batch, or running, which then stay as they are",
    fallback: "batch",
    ...word("statistics", STATISTICS),
  },
  compare: {
    placeholder: "METHOD",
    help: `let a baseline learn from the same images, in each variant that suits it: ${COMPARED.join(", ")}`,
    ...word("method", COMPARED),
  },
  "compare-from": {
    placeholder: "FILE",
    help: "the baseline's checkpoint, of a run with the same model, images and budget",
    parse: text,
  },
} as const satisfies Record<string, ValueOption<unknown>>;
