/**
 * Parameters for NumPy: an array each, and beside an array of whole numbers the
 * exponent of its steps as `NAME.exponent`: value = q * 2^exponent. `classes`
 * has the names of the classes, `about` the rest as JSON.
 *
 * @module
 */

import { npyBytes, npyTexts } from "../arrays/npy.ts";
import { type NamedArray, npzBytes } from "../arrays/npz.ts";
import type { ExportedFile, Trained } from "./format.ts";
import { aboutOf, parametersOf } from "./parameters.ts";

/** Writes one file. */
export function writeNpz(trained: Trained): Promise<readonly ExportedFile[]> {
  const arrays = parametersOf(trained).flatMap(({ name, type, shape, bytes, exponent }): NamedArray[] => {
    const array: NamedArray = [name, npyBytes(type, shape, bytes)];
    if (exponent === undefined) return [array];
    const exponents = new Uint8Array(Int32Array.of(exponent).buffer);
    return [array, [`${name}.exponent`, npyBytes("int32", [], exponents)]];
  });
  const { classes, ...about } = aboutOf(trained);
  const texts: NamedArray[] = [
    ["classes", npyTexts(JSON.parse(classes!))],
    ["about", npyTexts(JSON.stringify(about))],
  ];
  return Promise.resolve([{ name: "", bytes: npzBytes([...arrays, ...texts]) }]);
}
