/** Calls one function of the compiled planted.c: `planted.ts LIBRARY FUNCTION ARGUMENT`. */

const [path, name, argument] = Deno.args as [string, string, string];
const planted = { parameters: ["i32"], result: "i32" } as const;
const library = Deno.dlopen(path, { [name]: planted });
library.symbols[name]!(Number(argument));
console.log("survived");
