/**
 * The stream that a command line names.
 *
 * @module
 */

import type { Invocation } from "../../cli/command.ts";
import { InputLines } from "../../cli/input_lines.ts";
import { warn } from "../../cli/warn.ts";
import { loadDataset } from "../../data/datasets.ts";
import { loadDecoder } from "../../data/decode.ts";
import { UserError } from "../../errors.ts";
import { inputOffset } from "../../exec/recipe.ts";
import { changedStream } from "../../online/change.ts";
import { classFinder, folderStream, lineStream, type Listing, splitStream, type Stream } from "../../online/stream.ts";
import type { ImageFacts } from "../../model/facts.ts";
import { shapeText } from "../../terminal/format.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import type { StreamDescription } from "../../train/online_state.ts";
import { absolute } from "../training/setup.ts";

/** A stream, ready to be read. */
export interface Source extends Disposable {
  readonly stream: Stream;
  readonly description: StreamDescription;
  /** Absolute folder that it is read from; null where there is none. */
  readonly folder: string | null;
}

/** What --data names on standard input. */
const LINES = "-";

type Opened = Pick<Source, "stream" | "folder"> & { readonly close?: (() => void) | undefined };

async function openDataset({ values }: Invocation, listing: Listing, { shape: input }: ImageFacts): Promise<Opened> {
  const { dataset: name, split } = values;
  const folder = values.data === undefined ? null : await absolute(values.data);
  const dataset = await loadDataset(name, folder ?? undefined);
  if (shapeText(dataset) !== shapeText(input)) {
    dataset.close?.();
    throw new UserError(
      `--dataset: ${name} has images of ${shapeText(dataset)}, the network takes ${shapeText(input)}`,
    );
  }
  return { stream: splitStream(dataset[split], dataset, listing), folder, close: dataset.close };
}

async function openFiles(
  { values: { data } }: Invocation,
  listing: Listing,
  { shape }: ImageFacts,
  signal: AbortSignal,
): Promise<Opened> {
  const decode = await loadDecoder(shape);
  if (data === LINES) {
    const lines = new InputLines();
    signal.addEventListener("abort", () => lines.close());
    const stream = lineStream(() => lines.read(), decode, listing.find);
    return { stream, folder: null, close: () => lines.close() };
  }
  const folder = await absolute(data!);
  return { stream: folderStream(folder, decode, { ...listing, onLeftOut: warn }), folder };
}

/** @throws {UserError} naming an option that the kind of stream has no use for, or that is missing. */
function requireKind({ values, given }: Invocation): StreamDescription["source"] {
  if (given.has("dataset") && values.dataset !== "folder") return values.dataset;
  if (values.data === undefined) throw new UserError("eoq learn needs images: --data DIR, --data - or --dataset NAME");
  if (given.has("dataset")) throw new UserError("--dataset folder: name the folder of class folders with --data alone");
  if (given.has("split")) throw new UserError("--split: is of a --dataset");
  const idle = (["order", "seed", "only"] as const).find((name) => given.has(name));
  if (values.data === LINES && idle !== undefined) throw new UserError(`--${idle}: standard input has one order`);
  return values.data === LINES ? "lines" : "folder";
}

/** @throws {UserError} naming a class of --only that the network does not know. */
function requireKnown(only: readonly string[] | undefined, { find }: Pick<Listing, "find">): void {
  const other = only?.find((name) => find(name) === undefined);
  if (other !== undefined) throw new UserError(`--only: the network knows no class ${JSON.stringify(other)}`);
}

/** Opens the stream of a command line for a network. @throws {UserError} naming the option or file that is at fault. */
export async function openSource(
  invocation: Invocation,
  facts: ImageFacts,
  { config }: Checkpoint,
  signal: AbortSignal,
): Promise<Source> {
  const { values, given } = invocation;
  const source = requireKind(invocation);
  const find = classFinder(facts.classes);
  requireKnown(values.only, { find });
  const order = source === "lines" ? "listed" : values.order;
  if (order === "listed" && given.has("seed")) throw new UserError("--seed: is of the seeded order");
  const seed = order === "seeded" ? values.seed : undefined;
  const isChanged = values.rotate !== 0 || values.shift.some((pixels) => pixels !== 0);
  if (!isChanged && given.has("change-at")) throw new UserError("--change-at: needs --rotate or --shift");
  const change = isChanged ? { rotate: values.rotate, shift: values.shift, from: values["change-at"] } : null;
  const listing = { find, seed, only: values.only };
  const isDataset = source !== "lines" && source !== "folder";
  const { stream, folder, close } = isDataset
    ? await openDataset(invocation, listing, facts)
    : await openFiles(invocation, listing, facts, signal);
  return {
    stream: change === null ? stream : changedStream(stream, facts.shape, change, inputOffset(config.input)),
    folder,
    description: {
      source,
      split: isDataset ? values.split : null,
      order,
      seed: seed ?? null,
      only: values.only ?? null,
      change,
    },
    [Symbol.dispose]: () => close?.(),
  };
}
