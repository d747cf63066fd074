import {
  Activity,
  ChartLine,
  Clapperboard,
  KeyRound,
  type LucideIcon,
  Radio,
  ScrollText,
  Tv,
  UserRoundCog,
  Users,
  Webhook,
} from "lucide-react";
import type { Role } from "../session/session";

export type Place = { path: string; title: string; icon: LucideIcon; role?: Role };

/** The pages of the menu; `role`: the least one that sees it. The first four are in the bar of small screens. */
export const PLACES: readonly Place[] = [
  { path: "/live", title: "Live", icon: Radio },
  { path: "/assets", title: "Assets", icon: Clapperboard },
  { path: "/channels", title: "Channels", icon: Tv },
  { path: "/viewers", title: "Viewers", icon: Users },
  { path: "/analytics", title: "Analytics", icon: ChartLine },
  { path: "/health", title: "Health", icon: Activity },
  { path: "/accounts", title: "Accounts", icon: UserRoundCog, role: "owner" },
  { path: "/tokens", title: "Tokens", icon: KeyRound, role: "owner" },
  { path: "/webhooks", title: "Webhooks", icon: Webhook },
  { path: "/audit", title: "Audit", icon: ScrollText, role: "owner" },
];
export const IN_BAR = 4;

/** Whether an address is of a place. */
export function isAt(path: string, place: Place): boolean {
  return path === place.path || path.startsWith(`${place.path}/`);
}
