import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Refused } from "../../../../api/client";
import type { UploadView } from "../../../../api/schema";
import * as memory from "./memory";
import { type Item, UploadQueue } from "./queue";
import type { Hasher, Transport } from "./send";

/** Parts that have been asked for and wait to be let through, by the name of their file. */
let held: { name: string; pass: () => void; fail: (error: Error) => void }[];
let begun: string[];
let queue: UploadQueue;

const hasher = (): Hasher => ({
  fingerprint: async () => "print",
  part: async (from) => `md5 ${from}`,
  whole: async () => "sha",
  close: () => undefined,
});

function view(file: File): UploadView {
  return {
    id: `of ${file.name}`,
    name: file.name,
    title: file.name,
    priority: 5,
    size_bytes: file.size,
    part_size_bytes: file.size,
    parts: 1,
    state: "open",
    done: [],
    expires_at: "2026-01-01T00:00:00Z",
  };
}

const transport: Transport = {
  begin: async (file) => {
    begun.push(file.name);
    return view(file);
  },
  target: async (upload, { number }) => ({ number, url: upload, headers: {} }),
  put: (target, _, sent, signal) =>
    new Promise((resolve, reject) => {
      sent(1);
      held.push({ name: target.url.slice(3), pass: resolve, fail: reject });
      signal.addEventListener("abort", () => reject(signal.reason));
    }),
  complete: async (upload) => ({ job: upload }),
};

const film = (name: string) => new File(["film"], name, { lastModified: 1 });
const states = () =>
  Object.fromEntries(queue.snapshot().map(({ name, state }): [string, Item["state"]] => [name, state]));
const until = (check: () => void) => vi.waitFor(check);
const keyOf = (name: string) => queue.snapshot().find((item) => item.name === name)?.key ?? -1;

beforeEach(() => {
  localStorage.clear();
  held = [];
  begun = [];
  queue = new UploadQueue({ transport, hasher });
});
afterEach(() => {
  for (const { key } of queue.snapshot()) queue.drop(key);
});

test("two files are sent at once, the next when one is done", async () => {
  queue.add([film("a.mp4"), film("b.mp4"), film("c.mp4")]);
  await until(() => expect(held.map(({ name }) => name)).toEqual(["a.mp4", "b.mp4"]));
  expect(states()["c.mp4"]).toBe("queued");
  held[0]?.pass();
  await until(() => expect(held.map(({ name }) => name)).toEqual(["a.mp4", "b.mp4", "c.mp4"]));
  expect(states()).toEqual({ "a.mp4": "done", "b.mp4": "sending", "c.mp4": "sending" });
  expect(queue.snapshot()[0]?.outcome).toEqual({ job: "of a.mp4" });
});

test("what cannot be uploaded, or is in the list already, is told and not sent", async () => {
  queue.add([
    film("a.mp4"),
    film("a.mp4"),
    new File([], "empty.mp4"),
    new File(["x"], "n.txt", { type: "text/plain" }),
  ]);
  await until(() => expect(held).toHaveLength(1));
  expect(queue.snapshot().map(({ error }) => error)).toEqual([
    null,
    "This file is in the list already.",
    expect.stringContaining("empty"),
    expect.stringContaining("no video"),
  ]);
  expect(begun).toEqual(["a.mp4"]);
});

test("a pause makes room for the next, and what was paused goes on", async () => {
  queue.add([film("a.mp4"), film("b.mp4"), film("c.mp4")]);
  await until(() => expect(held).toHaveLength(2));
  queue.pause(keyOf("a.mp4"));
  await until(() => expect(states()).toEqual({ "a.mp4": "paused", "b.mp4": "sending", "c.mp4": "sending" }));
  queue.resume(keyOf("a.mp4"));
  expect(states()["a.mp4"]).toBe("queued");
  await until(() => expect(held.map(({ name }) => name)).toEqual(["a.mp4", "b.mp4", "c.mp4"]));
  held[1]?.pass();
  await until(() => expect(begun).toEqual(["a.mp4", "b.mp4", "c.mp4", "a.mp4"]));
});

test("a session that ends holds it up until somebody has signed in", async () => {
  queue.add([film("a.mp4")]);
  await until(() => expect(held).toHaveLength(1));
  held[0]?.fail(new Refused("no session", 401));
  await until(() => expect(queue.snapshot()[0]?.waiting).toContain("sign in"));
  queue.goOn();
  await until(() => expect(held).toHaveLength(2));
  expect(queue.snapshot()[0]?.waiting).toBeNull();
  held[1]?.pass();
  await until(() => expect(states()["a.mp4"]).toBe("done"));
});

test("what is not complete is remembered for after a reload, and forgotten when it is", async () => {
  queue.add([film("a.mp4")]);
  await until(() => expect(memory.unfinished()).toHaveLength(1));
  expect(memory.unfinished()[0]).toMatchObject({ id: "of a.mp4", name: "a.mp4", size: 4, modified: 1 });
  held[0]?.pass();
  await until(() => expect(states()["a.mp4"]).toBe("done"));
  expect(memory.unfinished()).toEqual([]);
});

test("one that is dropped is neither sent nor shown", async () => {
  queue.add([film("a.mp4")]);
  await until(() => expect(held).toHaveLength(1));
  queue.drop(keyOf("a.mp4"));
  expect(queue.snapshot()).toEqual([]);
});

test("what stands in the browser's storage may be anything", () => {
  for (const kept of ["{", "{}", '[{"id":1}]', '[null, {"id":"u","name":"a","size":1,"modified":1,"sent":null}]']) {
    localStorage.setItem("streamsync-uploads", kept);
    expect(memory.unfinished()).toEqual([]);
  }
});
