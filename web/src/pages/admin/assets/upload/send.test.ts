import { expect, test } from "vitest";
import { Refused } from "../../../../api/client";
import type { Part, UploadView } from "../../../../api/schema";
import { type Hasher, PARTS_AT_ONCE, PartRefused, type Progress, send, type Tools, type Transport } from "./send";

const file = new File(["aaaabbbbccccdd"], "film.mp4"); // parts of 4: the last is of 2
const never = new AbortController().signal;

function upload(more: Partial<UploadView> = {}): UploadView {
  return {
    id: "u1",
    name: file.name,
    title: "film",
    priority: 5,
    size_bytes: file.size,
    part_size_bytes: 4,
    parts: 4,
    state: "open",
    done: [],
    expires_at: "2026-01-01T00:00:00Z",
    ...more,
  };
}

const hasher: Hasher = {
  fingerprint: async () => "print",
  part: async (from, to) => `md5 ${from}-${to}`,
  whole: async () => "sha",
  close: () => undefined,
};

/** A server: what it was asked, in order; `put` is what it does with a part. */
function server(view = upload(), put: (number: number) => Promise<void> = async () => undefined) {
  const asked: string[] = [];
  const told: Progress[] = [];
  const transport: Transport = {
    begin: async (_, print) => {
      asked.push(`begin ${print}`);
      return view;
    },
    target: async (_, { number, md5 }: Part) => {
      asked.push(`target ${number} ${md5}`);
      return { number, url: `/put/${number}`, headers: {} };
    },
    put: async ({ number }, body) => {
      asked.push(`put ${number} ${await body.text()}`);
      await put(number);
    },
    complete: async (id, sha256) => {
      asked.push(`complete ${id} ${sha256}`);
      return { job: "j1", state: "queued" };
    },
  };
  const tools: Tools = { transport, hasher, told: (one) => void told.push(one), pause: async () => undefined };
  return { asked, told, transport, tools };
}

test("a file is begun, sent part by part, and completed with the checksum of the whole", async () => {
  const { asked, tools, told } = server();
  expect(await send(file, tools, never)).toEqual({ job: "j1", state: "queued" });
  expect(asked[0]).toBe("begin print");
  expect(asked.filter((one) => one.startsWith("put"))).toEqual([
    "put 1 aaaa",
    "put 2 bbbb",
    "put 3 cccc",
    "put 4 dd",
  ]);
  expect(asked).toContain("target 4 md5 12-14");
  expect(asked.at(-1)).toBe("complete u1 sha");
  expect(told).toContainEqual({ sent: 14, there: 0 });
});

test("parts that are there with the same bytes are not sent again", async () => {
  const done = [
    { number: 1, md5: "md5 0-4" },
    { number: 2, md5: "of other bytes" },
  ];
  const { asked, tools, told } = server(upload({ done }));
  await send(file, tools, never);
  expect(asked.filter((one) => one.startsWith("put"))).toEqual(["put 2 bbbb", "put 3 cccc", "put 4 dd"]);
  expect(told).toContainEqual({ sent: 14, there: 4 });
});

test("a file that was sent whole before is only completed", async () => {
  const { asked, tools } = server(upload({ state: "complete", sha256: "known" }));
  await send(file, tools, never);
  expect(asked).toEqual(["begin print", "complete u1 known"]);
});

test("no more parts than allowed are on their way at once", async () => {
  let [now, most] = [0, 0];
  const { tools } = server(upload({ part_size_bytes: 1, parts: 14 }), async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve));
    now -= 1;
  });
  await send(file, tools, never);
  expect(most).toBe(PARTS_AT_ONCE);
});

test.each([0, 401, 429, 503])("what is refused with %d for now is tried again, by a new URL", async (status) => {
  let left = 3;
  const { asked, tools, told } = server(upload(), async (number) => {
    if (number === 2 && left-- > 0) throw new Refused("away", status);
  });
  await send(file, tools, never);
  expect(asked.filter((one) => one.startsWith("target 2"))).toHaveLength(4);
  expect(told.filter((one) => "waiting" in one && one.waiting !== null)).toHaveLength(3);
  expect(told.findLast((one) => "waiting" in one)).toEqual({ waiting: null });
});

test("a part whose bytes do not arrive as they were is sent three times, and then told", async () => {
  const { asked, tools } = server(upload(), async (number) => {
    if (number === 1) throw new PartRefused("part 1 was refused (400: BadDigest)");
  });
  await expect(send(file, tools, never)).rejects.toThrow("part 1 was refused (400: BadDigest)");
  expect(asked.filter((one) => one === "put 1 aaaa")).toHaveLength(3);
  expect(asked.some((one) => one.startsWith("complete"))).toBe(false);
});

test("what is refused for good ends it at once", async () => {
  const { asked, tools, transport } = server();
  transport.begin = async () => {
    throw new Refused("413: too large", 413);
  };
  await expect(send(file, tools, never)).rejects.toThrow("too large");
  expect(asked).toEqual([]);
});

test("cancelling ends the parts that are on their way, and sends no more", async () => {
  const stop = new AbortController();
  const { asked, tools, transport } = server(upload({ part_size_bytes: 1, parts: 14 }));
  transport.put = ({ number }, _, __, signal) => {
    asked.push(`put ${number}`);
    if (number === PARTS_AT_ONCE) stop.abort(new Error("cancelled"));
    return new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  };
  await expect(send(file, tools, stop.signal)).rejects.toThrow("cancelled");
  expect(asked.filter((one) => one.startsWith("put"))).toHaveLength(PARTS_AT_ONCE);
});

test("a file that cannot be read any more fails", async () => {
  const { tools } = server();
  const broken = { ...tools, hasher: { ...hasher, part: () => Promise.reject(new Error("changed")) } };
  await expect(send(file, broken, never)).rejects.toThrow("changed");
});

test("completing is tried until it is heard", async () => {
  const { tools, transport } = server();
  let left = 2;
  const complete = transport.complete;
  transport.complete = (...of) => (left-- > 0 ? Promise.reject(new Refused("away", 0)) : complete(...of));
  expect(await send(file, tools, never)).toEqual({ job: "j1", state: "queued" });
});
