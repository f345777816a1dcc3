/**
 * JUnit XML, as continuous integration takes it (the schema junit-10.xsd of
 * Jenkins' xunit plugin): a test case a value, a failure where it is worse.
 *
 * @module
 */

import { fails } from "../diff.ts";
import { escapeHtml } from "../../terminal/escape.ts";
import { changeText, type Export, fullName } from "./export.ts";

interface Case {
  readonly name: string;
  readonly measure: string;
  readonly said: string;
  readonly failure?: string;
}

function cases({ measurement, diff }: Export): Case[] {
  if (diff === undefined) {
    return measurement.metrics.map((metric) => ({
      name: fullName(metric),
      measure: metric.measure,
      said: `${metric.value}${metric.unit && ` ${metric.unit}`}`,
    }));
  }
  return diff.changes.map((change) => ({
    name: fullName(change.metric),
    measure: change.metric.measure,
    said: changeText(change),
    ...(fails(change) && { failure: change.verdict }),
  }));
}

/** One test suite. Where nothing could be compared, its one case is an error that says why. */
export function junit(document: Export): string {
  const { command } = document.measurement;
  const differences = document.diff?.differences ?? [];
  const all = cases(document);
  const failures = all.filter(({ failure }) => failure !== undefined).length;
  const nothing = document.diff !== undefined && all.length === 0;
  const counts = `tests="${nothing ? 1 : all.length}" failures="${failures}" errors="${nothing ? 1 : 0}"`;
  const lines = all.map(({ name, measure, said, failure }) => {
    const open = `    <testcase classname="eoq.${measure}" name="${escapeHtml(name)}">`;
    const text = escapeHtml(said);
    const what = failure === undefined
      ? `<system-out>${text}</system-out>`
      : `<failure type="${failure}" message="${text}"></failure>`;
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
