import type { Question, Told } from "./digests.worker";
import { type Hasher, Unreadable } from "./send";

type Asked = Question extends infer One ? (One extends Question ? Omit<One, "id"> : never) : never;
type Waiting = { resolve: (text: string) => void; reject: (error: Error) => void };

/** The checksums of a file, reckoned in a worker, so that the page stays smooth. What it has read it does not read again. */
export function workerHasher(file: Blob): Hasher {
  const worker = new Worker(new URL("./digests.worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<number, Waiting>();
  const known = new Map<string, Promise<string>>();
  const failed = (error: Error) => {
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  worker.onmessage = ({ data }: MessageEvent<Told>) => {
    const one = waiting.get(data.id);
    waiting.delete(data.id);
    if ("text" in data) one?.resolve(data.text);
    else one?.reject(new Unreadable());
  };
  worker.onerror = () => failed(new Error("the checksums could not be reckoned: load the page anew"));
  const ask = (key: string, asked: Asked) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const id = known.size;
    const told = new Promise<string>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...asked, id });
    });
    known.set(key, told);
    return told;
  };
  return {
    fingerprint: () => ask("fingerprint", { ask: "fingerprint", file }),
    part: (from, to) => ask(`part ${from}`, { ask: "part", from, to }),
    whole: () => ask("whole", { ask: "whole" }),
    close: () => {
      worker.terminate();
      failed(new Unreadable());
    },
  };
}
