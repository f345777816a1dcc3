/**
 * The package as a registry would serve it, from loopback: the files that are
 * published and no others, and no import map but full specifiers.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);

/** Writes what the import map says in place of its keys. */
function resolveImports(module: string): string {
  return Object.entries(manifest.imports).reduce(
    (text, [key, target]) =>
      key.endsWith("/")
        ? text.replaceAll(new RegExp(`(["\`])${key}`, "g"), `$1${target}`)
        : text.replaceAll(`"${key}"`, `"${target}"`),
    module,
  );
}

function isPublished(path: string): boolean {
  return manifest.publish.include.some((each) => path === each || path.startsWith(`${each}/`));
}

async function respond(path: string, edit: (path: string, text: string) => string): Promise<Response> {
  if (!isPublished(path)) return new Response("not published", { status: 404 });
  const text = await Deno.readTextFile(new URL(path, ROOT));
  const type = path.endsWith(".ts")
    ? "application/typescript"
    : path.endsWith(".json")
    ? "application/json"
    : "text/plain";
  const body = edit(path, path.endsWith(".ts") ? resolveImports(text) : text);
  return new Response(body, { headers: { "content-type": type } });
}

/** A package that is served. */
export interface Registry extends AsyncDisposable {
  /** Address of a file. */
  readonly url: (path: string) => string;
  /** Host and port. */
  readonly host: string;
  /** Paths that were asked for. */
  readonly requests: ReadonlySet<string>;
}

/** Serves the package. @param edit Changes what a file says. */
export function serveRegistry(edit = (_path: string, text: string): string => text): Registry {
  const requests = new Set<string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const path = new URL(request.url).pathname.slice(1);
    requests.add(path);
    return respond(path, edit).catch(() => new Response("no such file", { status: 404 }));
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    host,
    requests,
    url: (path) => `http://${host}/${path}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
