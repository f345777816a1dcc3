/**
 * The page's parts, in order; a part without figures is left out.
 *
 * @module
 */

import type { Figure, Part } from "./figure.ts";
import { breakdowns } from "./figures/breakdown.ts";
import { environments } from "./figures/environments.ts";
import { files } from "./figures/files.ts";
import { finalAccuracy } from "./figures/final_accuracy.ts";
import { hardware } from "./figures/hardware.ts";
import { isometry } from "./figures/isometry.ts";
import { kernels } from "./figures/kernels.ts";
import { learningCurve } from "./figures/learning_curve.ts";
import { lossCurve } from "./figures/loss_curve.ts";
import { memory } from "./figures/memory.ts";
import { onlineCurves } from "./figures/online_curve.ts";
import { operations } from "./figures/operations.ts";
import { opsFigures } from "./figures/ops.ts";
import { published } from "./figures/published.ts";
import { ratios } from "./figures/ratios.ts";
import { roofline } from "./figures/roofline.ts";
import { scaling } from "./figures/scaling.ts";
import { smallBatch } from "./figures/small_batch.ts";
import { stepRates } from "./figures/step_rates.ts";
import { warnings } from "./figures/warnings.ts";
import { runsOf, type Task, tasksOf } from "./run.ts";
import type { Source } from "../report/read.ts";

/** Figures with one id are numbered: a page needs ids that are unique. */
function withUniqueIds(sections: readonly Part[]): Part[] {
  const used = new Map<string, number>();
  const unique = (figure: Figure): Figure => {
    const times = (used.get(figure.id) ?? 0) + 1;
    used.set(figure.id, times);
    return times === 1 ? figure : unique({ ...figure, id: `${figure.id}-${times}` });
  };
  return sections.map((section) => ({ ...section, figures: section.figures.map(unique) }));
}

/** All that can be shown of the given results. */
export function sectionsOf(sources: readonly Source[]): Part[] {
  const tasks = tasksOf(runsOf(sources));
  const each = (figures: (task: Task) => Figure[]) => tasks.flatMap(figures);
  const sections: Part[] = [
    { id: "accuracy", title: "Accuracy", figures: each(finalAccuracy) },
    { id: "published", title: "Published numbers", figures: published(sources) },
    { id: "small-batches", title: "Small batches", figures: each((task) => smallBatch(task, sources)) },
    {
      id: "training",
      title: "Training",
      figures: each((
        task,
      ) => [...learningCurve(task, "images"), ...learningCurve(task, "seconds"), ...lossCurve(task)]),
    },
    { id: "online", title: "Online learning", figures: onlineCurves(sources) },
    {
      id: "speed",
      title: "Speed",
      figures: [
        ...stepRates(sources),
        ...ratios(sources),
        ...roofline(sources),
        ...breakdowns(sources),
        ...kernels(sources),
        ...warnings(sources),
      ],
    },
    { id: "ranks", title: "Ranks", figures: scaling(sources) },
    { id: "machines", title: "Machines", figures: [...hardware(sources), ...environments(sources)] },
    {
      id: "cost",
      title: "Operations, energy and memory",
      figures: [...opsFigures(sources), ...operations(sources), ...memory(sources)],
    },
    { id: "isometry", title: "Isometry", figures: isometry(sources) },
    { id: "sources", title: "Sources", figures: files(sources) },
  ];
  return withUniqueIds(sections.filter(({ figures }) => figures.length > 0));
}
