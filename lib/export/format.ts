/**
 * What a format of `eoq export` is.
 *
 * @module
 */

import type { Network } from "../exec/network.ts";
import type { Trained as TrainedLayers } from "../plan/trained.ts";
import type { Library } from "../native/library.ts";
import type { Checkpoint } from "../train/checkpoint.ts";

/** A trained network, as a format's writer sees it. */
export interface Trained {
  /** What the network is restored from. */
  readonly checkpoint: Checkpoint;
  /** It has the weights of the checkpoint; its batch is 1. */
  readonly network: Network;
  /** That of the network. */
  readonly library: Library;
  /** Names of the classes in the order of the outputs; absent where none are known. */
  readonly classNames: readonly string[] | undefined;
  /** Digest of the weights, which is that of the run's report. */
  readonly weightsSha256: string;
  /** The eoq that writes. */
  readonly version: string;
}

/** A file to be written. */
export interface ExportedFile {
  /** Below the folder of a format that writes several files; empty where there is one alone. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the user asks of formats that can do it; each names the options that it takes. */
export interface ExportSettings {
  /** Training images, NHWC bytes of one each, on which exponents are found that are the same for all images. */
  readonly calibration?: readonly Uint8Array<ArrayBuffer>[];
  /** Bytes of memory that the network may take where it runs. */
  readonly ram?: number | undefined;
  /** Layers that learn there; those of the run if absent. */
  readonly train?: TrainedLayers | undefined;
  /** Told what is computed again for `ram`. */
  readonly onRepeated?: ((what: string) => void) | undefined;
  /** Told each thing that is given up for `ram`. */
  readonly onGivenUp?: ((what: string) => void) | undefined;
}

/** Makes the files of a format. @throws {UserError} naming the layer that the format has no words for, and why. */
export type Writer = (trained: Trained, settings: ExportSettings) => Promise<readonly ExportedFile[]>;

/** A format. */
export interface ExportFormat {
  /** What it is and who reads it, in a few words. */
  readonly about: string;
  /** What `--out` names: a file, or a folder of several. */
  readonly writes: "file" | "folder";
  /** What takes the place of `.checkpoint` in the name of the checkpoint where there is no `--out`. */
  readonly ending: string;
  /** Options of the command that it takes and others do not. */
  readonly options: readonly string[];
  /** Loads what writes it, so that the help, which lists the formats, loads none. */
  readonly load: () => Promise<Writer>;
}
