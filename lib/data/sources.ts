/**
 * Where the datasets are published, with what their publishers say of the
 * files. deno.json lets the program talk to these hosts alone.
 *
 * @module
 */

import { CIFAR10, CIFAR100, type CifarLayout } from "./cifar.ts";
import { MNIST_FILES } from "./mnist.ts";

/** A file to download. */
export interface RemoteFile {
  readonly url: string;
  /** Length of the file. */
  readonly bytes: number;
  /** MD5 in hex: the one checksum that the publishers of these datasets give. */
  readonly md5: string;
}

/** A file to download that others are packed in. */
export interface Archive extends RemoteFile {
  /** One file, gzipped, and its name; or a gzipped tar archive, and the folder in it. */
  readonly packed: { readonly gzip: string } | { readonly tar: string };
}

/** What a dataset is downloaded from and what it then consists of. */
export interface DatasetSource {
  readonly name: string;
  readonly archives: readonly Archive[];
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** Images of each CIFAR split: 50,000 and 10,000. */
const CIFAR_IMAGES = { train: 50_000, test: 10_000 } as const;

function cifar(layout: CifarLayout, archive: Archive): DatasetSource {
  const record = layout.labelBytes + 3 * 32 * 32;
  const files = (["train", "test"] as const).flatMap((split) =>
    layout[split].map((name) => ({ name, bytes: CIFAR_IMAGES[split] / layout[split].length * record }))
  );
  return { name: layout.name, archives: [archive], files };
}

/** The data folder of Fashion-MNIST's own repository; its README has the checksums. */
const FASHION = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion";

const fashion = (name: string, bytes: number, md5: string): Archive => ({
  url: `${FASHION}/${name}.gz`,
  bytes,
  md5,
  packed: { gzip: name },
});

const { trainImages, trainLabels, testImages, testLabels } = MNIST_FILES;

/** The datasets that can be downloaded. */
export const SOURCES: readonly DatasetSource[] = [
  {
    name: "fashion-mnist",
    archives: [
      fashion(trainImages, 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
      fashion(trainLabels, 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
      fashion(testImages, 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
      fashion(testLabels, 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
    ],
    files: [
      { name: trainImages, bytes: 16 + 60_000 * 28 * 28 },
      { name: trainLabels, bytes: 8 + 60_000 },
      { name: testImages, bytes: 16 + 10_000 * 28 * 28 },
      { name: testLabels, bytes: 8 + 10_000 },
    ],
  },
  cifar(CIFAR10, {
    url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    bytes: 170_052_171,
    md5: "c32a1d4ab5d03f1284b67883e8d87530",
    packed: { tar: "cifar-10-batches-bin" },
  }),
  cifar(CIFAR100, {
    url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    bytes: 168_513_733,
    md5: "03b5dce01913d631647c71ecec9e9cb8",
    packed: { tar: "cifar-100-binary" },
  }),
];
