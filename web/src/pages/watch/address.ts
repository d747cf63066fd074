/** The channel that an address names: `/watch/NAME`. Null where it names none, or not well. */
export function channelOf(path: string): string | null {
  const named = /^\/watch\/([^/]+)\/?$/.exec(path)?.[1];
  if (named === undefined) return null;
  try {
    return decodeURIComponent(named);
  } catch {
    return named; // no channel is called so: the server says it
  }
}

const key = (channel: string | null) => `streamsync-playback-token ${channel ?? ""}`;

/**
 * The playback token of an address, `?t=TOKEN`. It is taken out of the address bar, so that it is not shared with the
 * link, and kept for this tab, so that a reload finds it again.
 */
export function takeToken(channel: string | null, at: Location = location): string | null {
  const query = new URLSearchParams(at.search);
  const token = query.get("t") || null;
  if (query.has("t")) {
    query.delete("t");
    const rest = query.size > 0 ? `?${query}` : "";
    history.replaceState(history.state, "", `${at.pathname}${rest}${at.hash}`);
  }
  try {
    if (token === null) return sessionStorage.getItem(key(channel));
    sessionStorage.setItem(key(channel), token);
  } catch {
    // Storage may be forbidden: it holds for this visit.
  }
  return token;
}

/** Forget a playback token that counts no more. */
export function dropToken(channel: string | null): void {
  try {
    sessionStorage.removeItem(key(channel));
  } catch {
    // Then it was never kept.
  }
}
