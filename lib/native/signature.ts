/**
 * How the FFI tables write a C function down: its parameters in the header's
 * order, as in `"x, count, seed: u32"`. One without a type is an `int32_t`.
 *
 * @module
 */

/** Types that a parameter can be marked with. */
type Marked = "u32" | "f32" | "usize" | "buffer";

type TypeOf<P> = P extends `${string}: ${infer T}` ? Extract<Marked, T> : "i32";

/** The types of a list of parameters: the tuple that types a call. */
type TypesOf<L extends string> = L extends "" ? []
  : L extends `${infer First}, ${infer Rest}` ? [TypeOf<First>, ...TypesOf<Rest>]
  : [TypeOf<L>];

/** Lists of parameters by the name of the function, which returns a status. */
export type ParameterTable = Readonly<Record<string, string>>;

/** A C function as {@linkcode Deno.dlopen} takes it, with its parameters' names beside their types. */
export interface Signature<T extends readonly Deno.NativeType[]> {
  readonly parameters: T;
  readonly result: "i32";
  readonly names: readonly string[];
}

/** The functions of a table. */
export type Signatures<T extends ParameterTable> = { readonly [F in keyof T]: Signature<TypesOf<T[F]>> };

/** Reads a table. */
export function signatures<const T extends ParameterTable>(table: T): Signatures<T> {
  const read = (list: string): Signature<Deno.NativeType[]> => {
    const parameters = list === "" ? [] : list.split(", ").map((each) => each.split(": "));
    return {
      parameters: parameters.map(([, type = "i32"]) => type as Marked | "i32"),
      result: "i32",
      names: parameters.map(([name]) => name!),
    };
  };
  return Object.fromEntries(Object.entries(table).map(([name, list]) => [name, read(list)])) as Signatures<T>;
}
