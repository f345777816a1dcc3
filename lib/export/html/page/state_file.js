/**
 * What was learnt as a file: the network's own state, the names of the classes
 * and the outcomes so far.
 *
 * @module
 */

import { bytesOf } from "./network.js";
import { RECENT } from "./progress.js";

const KIND = "eoq page state 1";

/** The text of the file. */
export function stateText(state, names, progress, about) {
  let binary = "";
  for (const byte of state) binary += String.fromCharCode(byte);
  return JSON.stringify({ kind: KIND, model: about.model, names, progress, state: btoa(binary) });
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

/** What a file holds. @throws {Error} in a line for people where it is none of this network. */
export function readState(text, about) {
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new Error("This file is no state that this page saved.");
  }
  if (file?.kind !== KIND) throw new Error("This file is no state that this page saved.");
  const { model, names, progress, state } = file;
  const fits = Array.isArray(names) && names.length === about.names.length &&
    names.every((name) => typeof name === "string") && isCount(progress?.seen) && isCount(progress?.right) &&
    progress.right <= progress.seen && new RegExp(`^[01]{0,${RECENT}}$`).test(progress.outcomes);
  if (model !== about.model || !fits) throw new Error("This state is of another network.");
  try {
    return { names, progress, state: bytesOf(state) };
  } catch {
    throw new Error("This state is damaged.");
  }
}
