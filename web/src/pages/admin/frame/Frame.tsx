import { Menu as MenuIcon } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link, useLocation } from "wouter";
import { classes } from "../../../ui/classes";
import { Drawer } from "../../../ui/Drawer";
import { Logo } from "../../../ui/Logo";
import { ThemeButton } from "../../../ui/ThemeButton";
import { useEvents } from "../events";
import { useMay, useSessionState } from "../session/session";
import { AccountMenu } from "./AccountMenu";
import { LiveDot } from "./LiveDot";
import { IN_BAR, isAt, PLACES, type Place } from "./navigation";
import { Shell } from "./Shell";
import { UploadsNote } from "./UploadsNote";

/** What is around every page: where one is, where one can go, and who one is. */
export function Frame({ children }: { children: ReactNode }) {
  const { ask } = useSessionState();
  useEvents(ask);
  const isOwner = useMay("owner");
  const places = PLACES.filter((place) => place.role === undefined || isOwner);
  return (
    <Shell
      logo={
        <Link href="/live" className="flex rounded-lg py-2">
          <Logo />
        </Link>
      }
      places={<Places places={places} />}
      actions={
        <>
          <UploadsNote />
          <LiveDot />
          <ThemeButton />
          <AccountMenu />
        </>
      }
      bar={<Bar places={places} />}
    >
      {children}
    </Shell>
  );
}

function Places({ places, onGone }: { places: readonly Place[]; onGone?: () => void }) {
  const [path] = useLocation();
  return places.map((place) => (
    <Link
      key={place.path}
      href={place.path}
      {...(onGone && { onClick: onGone })}
      aria-current={isAt(path, place) ? "page" : undefined}
      className="flex min-h-10 items-center gap-3 rounded-lg px-3 text-sm font-medium text-muted hover:bg-raised hover:text-ink aria-[current]:bg-raised aria-[current]:text-ink"
    >
      <place.icon size={18} aria-hidden className="shrink-0" />
      {place.title}
    </Link>
  ));
}

const IN_THE_BAR = "flex min-h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-xs font-medium";

/** The menu of small screens: at the bottom, where the thumb is. */
function Bar({ places }: { places: readonly Place[] }) {
  const [path] = useLocation();
  const [open, setOpen] = useState(false);
  const rest = places.slice(IN_BAR);
  return (
    <nav
      aria-label="Main pages"
      className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-card pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {places.slice(0, IN_BAR).map((place) => (
        <Link
          key={place.path}
          href={place.path}
          aria-current={isAt(path, place) ? "page" : undefined}
          className={classes(IN_THE_BAR, "text-muted aria-[current]:text-accent")}
        >
          <place.icon size={20} aria-hidden />
          {place.title}
        </Link>
      ))}
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(true)}
        className={classes(IN_THE_BAR, rest.some((place) => isAt(path, place)) ? "text-accent" : "text-muted")}
      >
        <MenuIcon size={20} aria-hidden />
        More
      </button>
      {open && (
        <Drawer title="More" onClose={() => setOpen(false)}>
          <Places places={rest} onGone={() => setOpen(false)} />
        </Drawer>
      )}
    </nav>
  );
}
