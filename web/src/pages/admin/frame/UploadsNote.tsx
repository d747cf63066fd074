import { Upload } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { Link } from "wouter";
import { isUnderWay, queue } from "../assets/upload/queue";
import { useLinkState } from "../events";
import { useSessionState } from "../session/session";

/** That files are on their way, on whichever page one is. They go on when somebody has signed in again. */
export function UploadsNote() {
  const { state } = useSessionState();
  const items = useSyncExternalStore(queue.subscribe, queue.snapshot);
  const going = items.filter((item) => isUnderWay(item.state));
  const expired = state.at !== "in" || state.expired;
  const isLive = useLinkState() === "live";
  useEffect(() => {
    if (!expired) queue.goOn();
  }, [expired]);
  useEffect(() => {
    if (isLive) queue.goOn();
  }, [isLive]);
  useEffect(() => () => queue.pauseAll(), []);
  const isGoing = going.length > 0;
  useEffect(() => {
    if (!isGoing) return;
    // The browser asks whether to leave the page.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isGoing]);
  if (!isGoing) return null;
  const [sent, size] = [going.reduce((sum, one) => sum + one.sent, 0), going.reduce((sum, one) => sum + one.size, 0)];
  const percent = Math.floor((sent / size) * 100);
  return (
    <Link
      href="/assets"
      aria-label={`${going.length} uploads, ${percent} %`}
      className="inline-flex min-h-10 items-center gap-1.5 rounded-lg px-2 text-xs font-medium text-accent tabular-nums hover:bg-raised"
    >
      <Upload size={16} aria-hidden />
      {percent} %
    </Link>
  );
}
