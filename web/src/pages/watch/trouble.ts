import { CloudOff, KeyRound, type LucideIcon, SearchX, TriangleAlert } from "lucide-react";
import type { Refused } from "../../api/client";

export type Told = { icon: LucideIcon; title: string; text: string; action: "retry" | "channels" | null };

/** What a refusal means for who wants to watch, and what they can do about it. */
export function told(refused: Refused): Told {
  if (refused.status === 0 || refused.status >= 500)
    return {
      icon: CloudOff,
      title: "The server does not answer",
      text: "It may be starting again, or you may be offline. This page tries again by itself.",
      action: "retry",
    };
  if (refused.status === 401)
    return {
      icon: KeyRound,
      title: "This channel needs a link of your own",
      text: "Open it by the link that you were given. If you have none, ask whoever runs this channel for one.",
      action: "channels",
    };
  if (refused.status === 403)
    return {
      icon: KeyRound,
      title: "This link does not count any more",
      text: "It has expired, was taken back, or is not complete. Ask whoever runs this channel for a new one.",
      action: "channels",
    };
  if (refused.status === 404)
    return {
      icon: SearchX,
      title: "There is no such channel",
      text: "Its address may be misspelt, or it is gone. If it is made, it starts here by itself.",
      action: "channels",
    };
  if (refused.status === 429)
    return {
      icon: CloudOff,
      title: "Too many are coming at once",
      text: "This page waits, and tries again by itself.",
      action: null,
    };
  return {
    icon: TriangleAlert,
    title: "This channel cannot be watched from here",
    text: `The server says: ${refused.message}.`,
    action: "channels",
  };
}
