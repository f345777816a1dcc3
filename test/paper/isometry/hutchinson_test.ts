import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type BlockChain, probe, randomSigns } from "../../../lib/paper/isometry/hutchinson.ts";
import { standardError, summarise } from "../../../lib/statistics/spread.ts";
import { normal, uniformSource } from "../../../lib/exec/fp32/random.ts";

/** An n x m matrix, row by row. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

function randomMatrix(rows: number, columns: number, seed: number): Matrix {
  return { rows, columns, values: normal(uniformSource(seed, 0), rows * columns, 1 / Math.sqrt(columns)) };
}

/** Transposed matrix times vector. */
function transposed({ rows, columns, values }: Matrix, v: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: columns }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += values[i * columns + j]! * v[i]!;
    return sum;
  });
}

function product(a: Matrix, b: Matrix): Matrix {
  const values = new Float32Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      for (let j = 0; j < b.columns; j++) {
        values[i * b.columns + j]! += a.values[i * a.columns + k]! * b.values[k * b.columns + j]!;
      }
    }
  }
  return { rows: a.rows, columns: b.columns, values };
}

/** tr(J J^T) / n: the mean square of the elements times the columns. */
function phi({ rows, values }: Matrix): number {
  return values.reduce((sum, value) => sum + value * value, 0) / rows;
}

function chainOf(matrices: readonly Matrix[]): BlockChain {
  return {
    blocks: matrices.map(({ rows }, i) => ({ name: `block${i + 1}`, outputs: rows })),
    vectorJacobian: (block, v) => transposed(matrices[block]!, v),
  };
}

Deno.test("probe: the mean of many is the trace, within its standard error", () => {
  const matrices = [randomMatrix(20, 12, 1), randomMatrix(9, 20, 2), randomMatrix(15, 9, 3)];
  const probes = Array.from({ length: 400 }, (_, key) => probe(chainOf(matrices), key));
  matrices.forEach((matrix, i) => {
    const summary = summarise(probes.map(({ phis }) => phis[i]!));
    const error = standardError(summary)!;
    assert(error < 0.05 * summary.mean, `the error ${error} says nothing`);
    assertAlmostEquals(summary.mean, phi(matrix), 4 * error);
  });
  const tails = [
    product(matrices[2]!, product(matrices[1]!, matrices[0]!)),
    product(matrices[2]!, matrices[1]!),
    matrices[2]!,
  ];
  tails.forEach((tail, i) => {
    const summary = summarise(probes.map(({ gradients }) => gradients[i]!));
    assertAlmostEquals(summary.mean, phi(tail), 4 * standardError(summary)!);
  });
});

Deno.test("probe: exact for a diagonal, whose signs do not matter", () => {
  const mask: Matrix = { rows: 3, columns: 3, values: Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1) };
  for (let key = 0; key < 5; key++) {
    const { phis, gradients } = probe(chainOf([mask, mask]), key);
    assertEquals(phis, [2 / 3, 2 / 3]);
    assertEquals(gradients, [2 / 3, 2 / 3]);
  }
});

Deno.test("random signs: half of them each, without a relation between keys or neighbours", () => {
  const count = 10_000;
  const [a, b] = [randomSigns(count, 1), randomSigns(count, 2)];
  const mean = (value: (i: number) => number) => a.reduce((sum, _, i) => sum + value(i), 0) / count;
  for (const value of [(i: number) => a[i]!, (i: number) => a[i]! * b[i]!, (i: number) => a[i]! * (a[i + 1] ?? 0)]) {
    assertAlmostEquals(mean(value), 0, 4 / Math.sqrt(count));
  }
});
