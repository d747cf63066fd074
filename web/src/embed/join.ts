/** How a page of somebody else's registers its viewer: cookies do not travel there, so the page keeps a token. */

import { Refused } from "../api/client";
import type { WatchEntry, WatchGuide, WatchView } from "../api/schema";

export interface Joining {
  /** "https://..." without a slash at the end; "" is where the page came from. */
  server: string;
  channel: string;
  /** A playback token, for a channel that needs one. */
  token: string | null;
}

const PATIENCE_MS = 15_000;

// Several elements on a page are one viewer: who is first is registered, the others wait for that.
const registrations = new Map<string, Promise<unknown>>();

/** Who watches what, and where its stream is. Raises Refused; its status is 0 where nobody answers. */
export async function join(joining: Joining): Promise<WatchView> {
  const key = keyOf(joining.server);
  if (kept(key) !== null) return asked(joining);
  const mine = (registrations.get(key) ?? Promise.resolve()).then(() => asked(joining));
  registrations.set(
    key,
    mine.catch(() => undefined),
  );
  return mine;
}

async function asked({ server, channel, token }: Joining): Promise<WatchView> {
  const key = keyOf(server);
  const wish = { portable: true, viewer_token: kept(key), ...(token === null ? {} : { playback_token: token }) };
  const watch: WatchView = await answerOf(`${server}/api/v1/watch/${encodeURIComponent(channel)}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wish),
  });
  if (watch.viewer_token !== null) keep(key, watch.viewer_token);
  return { ...watch, stream: absolute(watch.stream, server) };
}

/** What they see there, from an instant on, Unix ms; null is now. Raises Refused. */
export async function guideOf(
  { server, channel, token }: Joining,
  fromMs: number | null,
  limit: number,
): Promise<WatchEntry[]> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (fromMs !== null) query.set("from", new Date(fromMs).toISOString());
  if (token !== null) query.set("t", token);
  const viewer = token === null ? kept(keyOf(server)) : null;
  const url = `${server}/api/v1/watch/${encodeURIComponent(channel)}/guide?${query}`;
  const guide: WatchGuide = await answerOf(
    url,
    viewer === null ? {} : { headers: { Authorization: `Viewer ${viewer}` } },
  );
  return guide.entries.map((entry) => ({
    ...entry,
    poster: entry.poster && absolute(entry.poster, server),
    thumbnails: entry.thumbnails && { ...entry.thumbnails, url: absolute(entry.thumbnails.url, server) },
  }));
}

async function answerOf<T>(url: string, asks: RequestInit): Promise<T> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(url, { ...asks, credentials: "omit", signal }).catch(() => {
    throw new Refused("The server does not answer.", 0);
  });
  if (response.ok) return response.json();
  const told: { error?: string } = await response.json().catch(() => ({}));
  const wait = Number(response.headers.get("Retry-After"));
  throw new Refused(told.error ?? `it answered ${response.status}`, response.status, wait > 0 ? wait : null);
}

const absolute = (path: string, server: string) => new URL(path, new URL(server || "/", location.href)).href;
const keyOf = (server: string) => `streamsync-viewer:${new URL(server, location.href).origin}`;

// Where a browser lets the page keep nothing, it is known until the page is left; the next visit is a new viewer's.
const untilLeft = new Map<string, string>();

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return untilLeft.get(key) ?? null;
  }
}

function keep(key: string, token: string): void {
  try {
    localStorage.setItem(key, token);
  } catch {
    untilLeft.set(key, token);
  }
}
