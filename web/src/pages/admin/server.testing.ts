import { vi } from "vitest";

/** An answer: status, body, headers. */
export type Answer = [status: number, body?: unknown, headers?: Record<string, string>];
export type Asked = { door: string; query: URLSearchParams; body: unknown; headers: Headers };

/** Stand in for the server by a table of its doors, "GET /session"; what is in none is 404. Returns what it was asked. */
export function serve(doors: Record<string, Answer | ((asked: Asked) => Answer)>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal(
    "EventSource",
    class extends EventTarget {
      readyState = 1;
      close() {}
    },
  );
  vi.stubGlobal("fetch", async (request: Request) => {
    const text = await request.text();
    const { pathname, searchParams: query } = new URL(request.url);
    const path = pathname.replace("/api/v1", "");
    const one: Asked = {
      door: `${request.method} ${path}`,
      query,
      body: text === "" ? null : JSON.parse(text),
      headers: request.headers,
    };
    asked.push(one);
    const door = doors[one.door] ?? [404, { error: `nothing is at ${path}` }];
    const [status, body, headers] = typeof door === "function" ? door(one) : door;
    return new Response(body === undefined ? null : JSON.stringify(body), { status, ...(headers && { headers }) });
  });
  return asked;
}

export const SESSION = {
  name: "ann",
  role: "owner",
  csrf: "c".repeat(64),
  expires_at: "2026-01-01T12:00:00.000Z",
  sign_in: "password",
};
