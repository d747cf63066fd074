import type { AccountView } from "../../../api/schema";
import type { Tone } from "../../../ui/bits";

export const ROLES: Record<AccountView["role"], string> = {
  viewer: "viewer: looks, changes nothing",
  editor: "editor: assets, channels, programming, webhooks",
  owner: "owner: everything, accounts and tokens too",
};
export const STATES: Record<AccountView["state"], Tone> = { active: "good", invited: "accent", disabled: "bad" };

/** The whole address of a link that is a path. */
export function address(path: string): string {
  return new URL(path, window.location.origin).href;
}
