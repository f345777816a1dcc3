/**
 * How tables write C functions and kernels down: their parameters or words in
 * order, as in `"x: in, count, seed: u32"`. One without a kind is an `int32_t`.
 *
 * @module
 */

/** Lists by the name of a function or kernel. */
export type Table = Readonly<Record<string, string>>;

/** An entry of a list. */
export interface Entry {
  readonly name: string;
  /** `i32` where none is written. */
  readonly kind: string;
}

/** Reads a list. */
export function entriesOf(list: string): Entry[] {
  if (list === "") return [];
  return list.split(", ").map((each) => {
    const [name, kind = "i32"] = each.split(": ");
    return { name: name!, kind };
  });
}

/** Kinds that a parameter of a C function can be marked with. */
type Marked = "u32" | "f32" | "usize" | "buffer";

type TypeOf<P> = P extends `${string}: ${infer T}` ? Extract<Marked, T> : "i32";

/** The types of a list of parameters: the tuple that types a call. */
type TypesOf<L extends string> = L extends "" ? []
  : L extends `${infer First}, ${infer Rest}` ? [TypeOf<First>, ...TypesOf<Rest>]
  : [TypeOf<L>];

/** A C function as {@linkcode Deno.dlopen} takes it, with its parameters' names beside their types. */
export interface Signature<T extends readonly Deno.NativeType[]> {
  readonly parameters: T;
  readonly result: "i32";
  readonly names: readonly string[];
}

/** The functions of a table. */
export type Signatures<T extends Table> = { readonly [F in keyof T]: Signature<TypesOf<T[F]>> };

/** Reads a table of C functions, which return a status. */
export function signatures<const T extends Table>(table: T): Signatures<T> {
  const read = (list: string): Signature<Deno.NativeType[]> => {
    const entries = entriesOf(list);
    return {
      parameters: entries.map(({ kind }) => kind as Marked | "i32"),
      result: "i32",
      names: entries.map(({ name }) => name),
    };
  };
  return Object.fromEntries(Object.entries(table).map(([name, list]) => [name, read(list)])) as Signatures<T>;
}
