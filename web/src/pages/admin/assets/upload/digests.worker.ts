import { Digests } from "./digests";

export type Question = { id: number } & (
  | { ask: "fingerprint"; file: Blob }
  | { ask: "part"; from: number; to: number }
  | { ask: "whole" }
);
export type Told = { id: number } & ({ text: string } | { error: string });

let digests: Promise<Digests> | undefined;

async function answered(question: Question): Promise<string> {
  if (question.ask === "fingerprint") digests = Digests.of(question.file);
  const of = await digests;
  if (of === undefined) throw new Error("the fingerprint is asked for first");
  if (question.ask === "fingerprint") return of.fingerprint();
  return question.ask === "part" ? of.part(question.from, question.to) : of.whole();
}

// One at a time: the checksum of the whole needs the parts in their order.
let turn: Promise<void> = Promise.resolve();
self.onmessage = ({ data }: MessageEvent<Question>) => {
  turn = turn.then(async () => {
    const told: Told = await answered(data).then(
      (text) => ({ id: data.id, text }),
      (error: unknown) => ({ id: data.id, error: error instanceof Error ? error.message : String(error) }),
    );
    self.postMessage(told);
  });
};
