import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { follow, linkState } from "./events";

class Source extends EventTarget {
  readyState = 1;
  close() {
    this.readyState = 2;
  }
  tell(type: string, data: string) {
    this.dispatchEvent(new MessageEvent(type, { data }));
  }
}

let opened: Source[];
let queries: QueryClient;
let asked: unknown[];
const ask = vi.fn();
let end: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  ask.mockClear();
  opened = [];
  asked = [];
  queries = new QueryClient();
  vi.spyOn(queries, "invalidateQueries").mockImplementation(async (what) => void asked.push(what?.queryKey));
  end = follow(
    queries,
    () => {
      opened.push(new Source());
      return opened.at(-1) as unknown as EventSource;
    },
    ask,
  );
});

afterEach(() => {
  end();
  vi.useRealTimers();
});

test("what events name is asked for anew, once for many of them", () => {
  opened[0]?.tell("asset", '{"name":"a"}');
  opened[0]?.tell("asset", '{"name":"b"}');
  opened[0]?.tell("channel", '{"name":"main"}');
  vi.advanceTimersByTime(300);
  expect(asked).toEqual([["asset"], ["channel"]]);
});

test("while events come all the time, it is asked every two seconds", () => {
  for (let ms = 0; ms < 10_000; ms += 100) {
    opened[0]?.tell("asset", '{"name":"a"}');
    vi.advanceTimersByTime(100);
  }
  expect(asked).toHaveLength(5);
});

test("after hello and reset everything is asked for, as something may have been missed", () => {
  opened[0]?.tell("hello", "{}");
  expect(linkState()).toBe("live");
  opened[0]?.tell("reset", "{}");
  expect(asked).toEqual([undefined, undefined]);
});

test("who comes back asks who one is, as one may have another role", () => {
  opened[0]?.tell("hello", "{}");
  expect(ask).not.toHaveBeenCalled();
  opened[0]?.tell("error", "");
  opened[0]?.tell("hello", "{}");
  expect(ask).toHaveBeenCalledOnce();
});

test("data that is no JSON is passed over", () => {
  opened[0]?.tell("asset", "<html>");
  vi.advanceTimersByTime(300);
  expect(asked).toEqual([]);
});

test("a refusal closes a browser's event source, so another is made, with longer pauses", () => {
  opened[0]?.close();
  opened[0]?.tell("error", "");
  expect(linkState()).toBe("away");
  expect(ask).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(1000);
  expect(opened).toHaveLength(2);
  opened[1]?.close();
  opened[1]?.tell("error", "");
  vi.advanceTimersByTime(1000);
  expect(opened).toHaveLength(2);
  vi.advanceTimersByTime(1000);
  expect(opened).toHaveLength(3);
});

test("a break of the connection is left to the browser", () => {
  opened[0]?.tell("error", "");
  vi.advanceTimersByTime(60_000);
  expect(opened).toHaveLength(1);
  expect(ask).not.toHaveBeenCalled();
});
