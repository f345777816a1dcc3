/**
 * Experiments whose cells are training runs: a table of rows and columns, each
 * place of which is trained once a seed.
 *
 * @module
 */

import { forwardMacs } from "../count/taps.ts";
import { buildPlan } from "../plan/models.ts";
import type { Experiment, Standing } from "./grid.ts";
import type { TrainingBudget } from "../report/scale.ts";
import type { Comparison, TrainingResult } from "../report/paper.ts";
import { summarise } from "../statistics/spread.ts";
import { accuracyOf } from "../train/measured.ts";
import { trainingCell } from "./training_cell.ts";
import type { Place, Trained, TrainingDesign } from "./training_design.ts";
import { trainingSections } from "./training_tables.ts";

/** What the user chose for all cells. */
export interface TrainingChoice {
  readonly budget: Omit<TrainingBudget, "models">;
  /** The budget in words. */
  readonly words: string;
  /** Images to train on instead of the budget's epochs. */
  readonly images?: number;
  /** Arguments of `eoq train` that say which images there are: `--dataset`, `--data`, `--test-limit`. */
  readonly data: readonly string[];
  /** `--threads` and `--isa`. */
  readonly machine: readonly string[];
  /** Folder of the grid. */
  readonly folder: string;
}

/** Images an epoch has where nothing limits it: those of CIFAR-10, for estimates of time alone. */
const NOMINAL_IMAGES = 50_000;
const NOMINAL_SHAPE = { height: 32, width: 32, channels: 3, classes: 10 };

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-").replaceAll(/^-+|-+$/g, "");
}

function cellName({ row, column }: Place, seed: number): string {
  return `${slug(row)}_${slug(column)}_s${seed}`;
}

/** Puts a design and a budget together. */
export function trainingExperiment(design: TrainingDesign, choice: TrainingChoice): Experiment<TrainingResult> {
  const { budget, words, data, machine, folder } = choice;
  const { epochs, trainLimit, seeds } = budget;
  const limit = trainLimit === undefined ? [] : ["--train-limit", `${trainLimit}`];
  const cells = design.places.flatMap((place) => {
    const { method, model, batch, images = choice.images, extra } = place;
    const length = images === undefined ? ["--epochs", `${epochs}`] : ["--images", `${images}`];
    const trained = images ?? epochs * (trainLimit ?? NOMINAL_IMAGES);
    return seeds.map((seed) =>
      trainingCell({
        name: cellName(place, seed),
        method,
        identity: [
          ...["--method", method, "--model", model, ...data, ...limit, "--batch", `${batch}`, ...length],
          ...["--seed", `${seed}`, ...extra],
        ],
        machine,
        work: trained * forwardMacs(buildPlan(model, NOMINAL_SHAPE)),
      }, folder)
    );
  });
  const trained = (standings: readonly Standing<TrainingResult>[]) =>
    design.places.map((place) => gather(place, seeds.map((seed) => cellName(place, seed)), standings));
  return {
    title: design.title,
    budget: words,
    cells,
    compare: (standings) => trained(standings).flatMap(comparisons),
    sections: (standings) => trainingSections(design, trained(standings), standings),
  };
}

/** A place beside each number in print; the first of them has the place's plain name. */
function comparisons({ place, summary }: Trained): Comparison[] {
  const { row, column, published } = place;
  const what = `${row}, ${column}`;
  const ours = {
    unit: "% test accuracy",
    ours: summary.n === 0 ? null : summary.mean,
    deviation: summary.deviation,
    n: summary.n,
  };
  if (published.length === 0) return [{ what, ...ours, published: null, source: null }];
  return published.map(({ name, source, value }, i) => ({
    what: i === 0 ? what : `${what}, beside ${name}`,
    ...ours,
    published: value,
    source,
  }));
}

function gather(place: Place, names: readonly string[], standings: readonly Standing<TrainingResult>[]): Trained {
  const own = standings.filter(({ cell }) => names.includes(cell.name)).map(({ outcome }) => outcome);
  const accuracies = own.flatMap((outcome) =>
    outcome.status === "finished" ? [100 * accuracyOf(outcome.result.results[0]!)!] : []
  );
  return { place, summary: summarise(accuracies), failures: own.filter((outcome) => "message" in outcome).length };
}
