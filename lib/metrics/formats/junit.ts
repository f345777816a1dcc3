/**
 * JUnit XML, as continuous integration takes it (the schema junit-10.xsd of
 * Jenkins' xunit plugin): a test case a value, a failure where it is worse, an
 * error where it is gone.
 *
 * @module
 */

import { fails } from "../diff.ts";
import { escapeHtml } from "../../terminal/escape.ts";
import { fullName } from "../metric.ts";
import { changeText, type Export } from "./export.ts";

interface Case {
  readonly name: string;
  readonly measure: string;
  readonly said: string;
  readonly failure?: string;
  readonly error?: string;
}

function cases({ measurement, diff }: Export): Case[] {
  if (diff === undefined) {
    return measurement.metrics.map((metric) => ({
      name: fullName(metric),
      measure: metric.measure,
      said: `${metric.value}${metric.unit && ` ${metric.unit}`}`,
    }));
  }
  if (diff.changes.length === 0) return [];
  const judged = diff.changes.map((change): Case => ({
    name: fullName(change.metric),
    measure: change.metric.measure,
    said: changeText(change),
    ...(fails(change) && { failure: change.verdict }),
  }));
  const gone = diff.gone.map((name): Case => ({ name, measure: "gone", said: "only before", error: "gone" }));
  return [...judged, ...gone];
}

/** One test suite. Where nothing could be compared, its one case is an error that says why. */
export function junit(document: Export): string {
  const { command } = document.measurement;
  const differences = document.diff?.differences ?? [];
  const all = cases(document);
  const failures = all.filter(({ failure }) => failure !== undefined).length;
  const nothing = document.diff !== undefined && all.length === 0;
  const errors = nothing ? 1 : all.filter(({ error }) => error !== undefined).length;
  const counts = `tests="${nothing ? 1 : all.length}" failures="${failures}" errors="${errors}"`;
  const lines = all.map(({ name, measure, said, failure, error }) => {
    const open = `    <testcase classname="eoq.${measure}" name="${escapeHtml(name)}">`;
    const text = escapeHtml(said);
    const what = failure !== undefined
      ? `<failure type="${failure}" message="${text}"></failure>`
      : error !== undefined
      ? `<error type="${error}" message="${text}"></error>`
      : `<system-out>${text}</system-out>`;
    return `${open}${what}</testcase>`;
  });
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="eoq" ${counts}>`,
    `  <testsuite name="${escapeHtml(command)}" ${counts}>`,
    ...lines,
    ...(nothing
      ? [
        `    <testcase classname="eoq" name="comparison"><error type="incomparable" message="${
          escapeHtml(differences.join("; ") || "no value that both reports have")
        }"></error></testcase>`,
      ]
      : []),
    ...(differences.length > 0 ? [`    <system-out>${escapeHtml(differences.join("\n"))}</system-out>`] : []),
    "  </testsuite>",
    "</testsuites>",
  ].join("\n");
}
