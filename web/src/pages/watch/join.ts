import { answer, api, Refused } from "../../api/client";
import type { PublicChannel, WatchView } from "../../api/schema";
import { clockOf, type ServerNow } from "../public/clock";
import { channelOf, dropToken, takeToken } from "./address";

/** Somebody on a channel, or channels of which none is the obvious one. */
export type Joined =
  | { kind: "watching"; view: WatchView; now: ServerNow; token: string | null }
  | { kind: "choosing" };

/** The channel to show to who named none: the only one, or the only one on air. */
export function obvious(channels: readonly PublicChannel[]): string | null {
  if (channels.length === 1) return channels[0]?.name ?? null;
  const onAir = channels.filter((one) => one.state === "on air");
  return onAir.length === 1 ? (onAir[0]?.name ?? null) : null;
}

async function named(): Promise<string | null> {
  const channel = channelOf(location.pathname);
  if (channel !== null) return channel;
  const { channels } = await answer(api.GET("/watch"));
  const found = obvious(channels);
  if (found !== null) history.replaceState(null, "", `/watch/${encodeURIComponent(found)}${location.search}`);
  return found;
}

/** Come to watch: whoever has no cookie of a viewer is registered by it. Raises Refused. */
export async function join(): Promise<Joined> {
  const channel = await named();
  if (channel === null) return { kind: "choosing" };
  const token = takeToken(channel);
  const askedMs = Date.now();
  const body = { playback_token: token, portable: false };
  const view = await answer(api.POST("/watch/{channel}", { params: { path: { channel } }, body })).catch(
    (refused) => {
      if (refused instanceof Refused && [401, 403].includes(refused.status)) dropToken(channel);
      throw refused;
    },
  );
  return { kind: "watching", view, now: clockOf(view.now_ms, askedMs, Date.now()), token };
}

/** What they see there, from an instant on, Unix ms; null is now. */
export async function guideOf(channel: string, token: string | null, fromMs: number | null, limit: number) {
  const query = { limit, t: token, ...(fromMs !== null && { from: new Date(fromMs).toISOString() }) };
  const told = await answer(api.GET("/watch/{channel}/guide", { params: { path: { channel }, query } }));
  return told.entries;
}

/** Whether it helps to ask again: not where somebody has to do something first. */
export function hopeful(refused: Refused): boolean {
  return ![400, 401, 403, 422].includes(refused.status);
}

const SELDOM_MS = 30_000;
const OFTEN_MS = 5_000;

/** When to join again, though nothing failed: channels are started, stopped and moved; a player tells by itself. */
export function againMs(joined: Joined): number | null {
  if (joined.kind === "choosing") return null;
  const { view, now } = joined;
  if (view.state === "on air") return null;
  const wait = SELDOM_MS * (1 + Math.random() / 2);
  if (view.state !== "to begin" || view.on_air_from === null) return wait;
  // The player starts by the clock alone; joining again just then would bring all who wait at once.
  return Date.parse(view.on_air_from) - now() > wait + OFTEN_MS ? wait : null;
}
