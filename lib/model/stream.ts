/**
 * Images that are prepared side by side and taken in their order.
 *
 * @module
 */

/** What became of one thing: what was made of it, or why nothing could be. */
export type Outcome<T> =
  | { readonly path: string; readonly value: T }
  | { readonly path: string; readonly error: unknown };

/** Work that has begun. */
interface Begun<T> {
  readonly outcome: Promise<Outcome<T>>;
  done: boolean;
}

/**
 * Works on what comes, up to `ahead` at once, and gives the outcomes in the order in which they came: of those that
 * are ready up to `together`, at least one. So whoever sends one path waits for no other.
 */
export async function* inOrder<T>(
  paths: AsyncIterable<string>,
  work: (path: string) => Promise<T>,
  { ahead, together }: { readonly ahead: number; readonly together: number },
): AsyncGenerator<Outcome<T>[]> {
  const begun: Begun<T>[] = [], source = paths[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<string>> | undefined, ended = false;
  const ask = () => {
    next = source.next();
    next.catch(() => {}); // thrown where it is awaited, which may be later
  };
  const begin = (path: string) => {
    const outcome: Promise<Outcome<T>> = work(path).then((value) => ({ path, value }), (error) => ({ path, error }))
      .finally(() => each.done = true);
    const each = { outcome, done: false };
    begun.push(each);
  };
  const take = async (): Promise<void> => {
    const { done, value } = await next!;
    next = undefined;
    ended = done === true;
    if (!done) begin(value);
  };
  try {
    for (;;) {
      if (next === undefined && !ended && begun.length < ahead) ask();
      const first = begun[0];
      if (first === undefined && ended) return;
      if (first === undefined) await take();
      else if (next !== undefined && !first.done) {
        // Whichever is first: another path, or what is made of the first one.
        const arrived = await Promise.race([next.then(() => true), first.outcome.then(() => false)]);
        if (arrived) await take();
      } else if (!first.done) await first.outcome;
      if (begun[0]?.done) {
        let ready = 1;
        while (ready < together && begun[ready]?.done) ready++;
        yield await Promise.all(begun.splice(0, ready).map(({ outcome }) => outcome));
      }
    }
  } finally {
    // Not awaited: a path that was asked for may never come.
    source.return?.().catch(() => {});
  }
}
