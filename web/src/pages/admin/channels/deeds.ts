import { useQueryClient } from "@tanstack/react-query";
import { answer, api, Refused } from "../../../api/client";
import type { Effects } from "../../../api/schema";
import { useToast } from "../../../ui/Toasts";
import { failureText } from "../../../ui/words";
import { keys } from "../keys";

const SHOWN_CLIPS = 5;
const LOOKED = 20; // entries of the trail

/** How a change is made: of which version, null for whichever there is; `dry`: only told what it would do. */
export type How = { version: number | null; dry: boolean };

/** What a change of a channel is sent with. */
export function sent(channel: string, { version, dry }: How) {
  return {
    path: { channel },
    ...(version !== null && { header: { "if-match": `"${version}"` } }),
    ...(dry && { query: { dry_run: true, clips: SHOWN_CLIPS } }),
  };
}

export function isEffects(told: object): told is Effects {
  return "dry_run" in told;
}

/** The version that there is instead, where a change was refused because of it; else null. */
export function newerVersion(error: unknown, version: number | null): number | null {
  if (!(error instanceof Refused) || error.status !== 409 || version === null) return null;
  const now = (error.now as { version?: unknown } | null)?.version;
  return typeof now === "number" && now !== version ? now : null;
}

/** Says that a channel was changed, with a way to undo that which has this `version`; null: it cannot be undone. */
export function useChanged(channel: string): (said: string, version: number | null) => void {
  const queries = useQueryClient();
  const say = useToast();
  const renew = () => queries.invalidateQueries({ queryKey: keys.channel.all });
  const undo = async (said: string, version: number) => {
    try {
      const entry = await entryOf(channel, version);
      await api.POST("/channels/{channel}/undo", { params: { path: { channel } }, body: { entry } });
      say(`Undone: ${said}`);
    } catch (failure) {
      say(failureText(failure), { bad: true });
    }
    await renew();
  };
  return (said, version) => {
    say(said, version === null ? {} : { action: { verb: "Undo", act: () => void undo(said, version) } });
    void renew();
  };
}

/** The entry of the trail by which the channel came to a version: not a newer one that somebody else made. */
async function entryOf(channel: string, version: number): Promise<string> {
  const trail = api.GET("/channels/{channel}/audit", { params: { path: { channel }, query: { limit: LOOKED } } });
  const found = (await answer(trail)).entries.find((one) => one.kind === "channel" && one.version === version);
  if (found === undefined) throw new Error("Too much has changed since: look at the channel's history.");
  return found.id;
}
