/** A headless Chromium, spoken to by its DevTools protocol. */

/** Names that it goes by. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** The program of this machine, if there is one. */
export const CHROMIUM: string | undefined = NAMES.flatMap((name) =>
  (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${name}`)
).find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** A message of the protocol. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A tab. */
export class Tab {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  /** What the page asked the network for, beside itself; what it wrote to the console; what went wrong in it. */
  readonly requests: string[] = [];
  readonly complaints: string[] = [];
  #loaded = Promise.withResolvers<void>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(data)));
  }

  /** @param address of the tab's debugger */
  static async open(address: string): Promise<Tab> {
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", reject);
    });
    const tab = new Tab(socket);
    for (const domain of ["Page", "Network", "Log", "Runtime"]) await tab.send(`${domain}.enable`);
    return tab;
  }

  #receive({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const waiting = this.#waiting.get(id)!;
      this.#waiting.delete(id);
      if (error === undefined) waiting.resolve(result!);
      else waiting.reject(new Error(error.message));
    } else if (method === "Network.requestWillBeSent") {
      this.requests.push((params as { request: { url: string } }).request.url);
    } else if (method === "Page.loadEventFired") this.#loaded.resolve();
    else if (["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"].includes(method!)) {
      this.complaints.push(JSON.stringify(params));
    }
  }

  /** Sends a command and waits for what it comes to. */
  send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const waiting = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(++this.#last, waiting);
    this.#socket.send(JSON.stringify({ id: this.#last, method, params }));
    return waiting.promise;
  }

  /** Opens an address and waits until all of it is there. */
  async load(url: string): Promise<void> {
    this.#loaded = Promise.withResolvers();
    await this.send("Page.navigate", { url });
    await this.#loaded.promise;
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.addEventListener("close", resolve));
    this.#socket.close();
    await closed;
  }
}

/** Starts a browser with one tab for as long as the test runs. */
export async function withTab(program: string, test: (tab: Tab) => Promise<void>): Promise<void> {
  const profile = await Deno.makeTempDir({ prefix: "eoq-chromium-" });
  // The sandbox cannot start where tests run as root; the pages are our own.
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"];
  const child = new Deno.Command(program, {
    args: [...flags, `--user-data-dir=${profile}`, "about:blank"],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  try {
    const port = await debuggingPort(child.stderr);
    const tabs: { type: string; webSocketDebuggerUrl: string }[] = await (await fetch(`http://127.0.0.1:${port}/json`))
      .json();
    const tab = await Tab.open(tabs.find(({ type }) => type === "page")!.webSocketDebuggerUrl);
    try {
      await test(tab);
    } finally {
      await tab.close();
    }
  } finally {
    child.kill("SIGKILL");
    await child.status;
    // Its helpers may write for a moment longer.
    await Deno.remove(profile, { recursive: true }).catch(() => {});
  }
}

/** Reads what the browser says of itself until it names its port, and the rest into nothing. */
async function debuggingPort(stderr: ReadableStream<Uint8Array>): Promise<number> {
  const decoder = new TextDecoder();
  const reader = stderr.getReader();
  let text = "";
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    text += decoder.decode(chunk.value, { stream: true });
    const [, port] = text.match(/DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//) ?? [];
    if (port === undefined) continue;
    await reader.cancel();
    return Number(port);
  }
  throw new Error(`chromium did not start: ${text}`);
}
