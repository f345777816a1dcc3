/**
 * The files that a page was made from.
 *
 * @module
 */

import type { Cell, Figure } from "../figure.ts";
import { streamText } from "../../report/learn.ts";
import type { Source } from "../../report/read.ts";
import { counted } from "../../terminal/format.ts";

/** What a file is and whether all of it is there. */
function about(source: Source): [kind: string, state: string] {
  switch (source.kind) {
    case "runs":
      return ["training", counted(source.document.results.length, "run")];
    case "learn": {
      const { learners, stream } = source.document;
      return ["online learning", `${counted(learners.length, "learner")}; ${streamText(stream)}`];
    }
    case "bench":
      return ["benchmark", `${source.document.rows.length} rates, ${source.document.peaks.length} peaks`];
    case "ops": {
      const { methods, model, batch, phase } = source.document;
      return ["counts", `${methods.length} methods; ${model}, batch ${batch}, ${phase}`];
    }
    case "scaling":
      return ["ranks, measured", `${source.document.scaling.length} rates; ${source.document.model}`];
    case "scale-plan": {
      const { predictions, model, batch } = source.document;
      return ["ranks, on paper", `${predictions.length} predictions; ${model}, batch ${batch}`];
    }
    case "paper": {
      const { experiment, scale, budget, date, cells, complete } = source.document;
      const done = cells.filter(({ status }) => status === "finished" || status === "failed").length;
      const progress = complete ? `complete, ${cells.length} cells` : `NOT COMPLETE: ${done} of ${cells.length} cells`;
      return [`paper ${experiment}, scale ${scale}`, `${progress}; ${budget}; ${date}`];
    }
  }
}

/** A row for each file, with the command that made it. */
export function files(sources: readonly Source[]): Figure[] {
  return [{
    id: "files",
    title: "Files",
    notes: ["All that they hold is in this page too, as JSON in its element with the id data."],
    table: {
      caption: "Result files and the commands that wrote them",
      columns: ["file", "kind", "holds", "command"].map((name) => ({ name })),
      rows: sources.map((source): Cell[] => [source.file, ...about(source), source.document.command]),
    },
  }];
}
