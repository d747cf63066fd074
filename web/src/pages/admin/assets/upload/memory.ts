/** Which uploads were begun in this browser and are not complete: a page that is closed has no files any more. */

const KEY = "streamsync-uploads";
const KEPT = 50;

export type Unfinished = { id: string; name: string; size: number; modified: number; sent: number };

export function unfinished(): Unfinished[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isOne) : [];
  } catch {
    return []; // storage may be forbidden, or hold something else
  }
}

export function remember(one: Unfinished): void {
  store([one, ...unfinished().filter(({ id }) => id !== one.id)].slice(0, KEPT));
}

export function forget(id: string): void {
  store(unfinished().filter((one) => one.id !== id));
}

function isOne(one: unknown): one is Unfinished {
  if (typeof one !== "object" || one === null) return false;
  const { id, name, size, modified, sent } = one as Partial<Unfinished>;
  return (
    typeof id === "string" &&
    typeof name === "string" &&
    [size, modified, sent].every((n) => typeof n === "number" && Number.isFinite(n))
  );
}

function store(all: Unfinished[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // It goes on without: who chooses the file again goes on all the same.
  }
}
