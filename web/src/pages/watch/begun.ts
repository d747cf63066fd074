import { type Joined, join } from "./join";

let first: Promise<Joined> | null = null;

/** Come to watch before the page is drawn; `joined` gives what came of it, once. */
export function begin(): void {
  first = join();
  first.catch(() => undefined); // told where it is asked for
}

/** What came of coming early; comes anew the next time. */
export function joined(): Promise<Joined> {
  const early = first;
  first = null;
  return early ?? join();
}
