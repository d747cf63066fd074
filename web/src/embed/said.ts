import { CloudOff, KeyRound, type LucideIcon, SearchX, TriangleAlert } from "lucide-react";
import type { Refused } from "../api/client";

export type Said = { icon: LucideIcon; title: string; text: string };

export const NAMELESS: Said = {
  icon: TriangleAlert,
  title: "No channel is named",
  text: 'Whoever runs this page has to: <streamsync-player channel="main">.',
};

export const noServer = (server: string): Said => ({
  icon: TriangleAlert,
  title: "The server's address is none",
  text: `Whoever runs this page has to give one such as https://tv.example, and not "${server}".`,
});

/** What a refusal means, for who wants to watch and for who made the page. `server`: "https://..." or "". */
export function said({ status, message }: Refused, server: string): Said {
  if (status === 401)
    return { icon: KeyRound, title: "This channel needs a token", text: `The server says: ${message}.` };
  if (status === 403)
    return { icon: KeyRound, title: "The token does not count", text: `The server says: ${message}.` };
  if (status === 404)
    return {
      icon: SearchX,
      title: "There is no such channel",
      text: `The server says: ${message}. If it is made, it starts here by itself.`,
    };
  if (status === 429)
    return { icon: CloudOff, title: "Too many are coming at once", text: "It is tried again by itself." };
  if (status === 0 || status >= 500)
    return {
      icon: CloudOff,
      title: "The server does not answer",
      text: `${server || location.origin} may be starting again, or you may be offline. It is tried again by itself.`,
    };
  return {
    icon: TriangleAlert,
    title: "This channel cannot be watched here",
    text: `The server says: ${message}.`,
  };
}
