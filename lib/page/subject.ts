/**
 * Names and looks of what is timed.
 *
 * @module
 */

import type { SeriesStyle } from "./charts/chart.ts";
import { methodStyle } from "./charts/series.ts";

/** What was timed: eoq or a peer, with its method or types. */
export interface Subject {
  readonly subject: string;
  readonly variant: string;
}

/** The name of a subject; eoq's own methods go by theirs. */
export function subjectName({ subject, variant }: Subject): string {
  return subject === "eoq" ? variant : `${subject} ${variant}`;
}

/** The look of a subject's method; peers are outlines. */
export function subjectStyle(of: Subject): SeriesStyle {
  return { ...methodStyle(of.variant), label: subjectName(of), ...(of.subject !== "eoq" && { hollow: true }) };
}
