/** How a page of somebody else's registers its viewer: cookies do not travel there, so the page keeps a token. */

import { Refused } from "../api/client";
import type { WatchView } from "../api/schema";

export interface Joining {
  /** "https://..." without a slash at the end; "" is where the page came from. */
  server: string;
  channel: string;
  /** A playback token, for a channel that needs one. */
  token: string | null;
}

/** Who watches what, and where its stream is. Raises Refused; its status is 0 where nobody answers. */
export async function join({ server, channel, token }: Joining): Promise<WatchView> {
  const key = `streamsync-viewer:${new URL(server, location.href).origin}`;
  const asked = { portable: true, viewer_token: kept(key), ...(token === null ? {} : { playback_token: token }) };
  const response = await fetch(`${server}/api/v1/watch/${encodeURIComponent(channel)}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(asked),
    credentials: "omit",
  }).catch(() => {
    throw new Refused("The server does not answer.", 0);
  });
  if (!response.ok) throw await refusal(response);
  const watch: WatchView = await response.json();
  if (watch.viewer_token !== null) keep(key, watch.viewer_token);
  return { ...watch, stream: new URL(watch.stream, new URL(server || "/", location.href)).href };
}

async function refusal(response: Response): Promise<Refused> {
  const told: { error?: string } = await response.json().catch(() => ({}));
  const wait = Number(response.headers.get("Retry-After"));
  return new Refused(told.error ?? `the server answered ${response.status}`, response.status, wait > 0 ? wait : null);
}

// Where a browser lets the page keep nothing, each visit is a new viewer's.
function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, token: string): void {
  try {
    localStorage.setItem(key, token);
  } catch {
    // as above
  }
}
