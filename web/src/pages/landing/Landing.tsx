import { Play } from "lucide-react";
import { ChannelGrid } from "../public/ChannelGrid";
import { useChannels } from "../public/channels";
import { Frame } from "../public/Frame";

/** What this is, and what is on now. */
export function Landing() {
  const asked = useChannels();
  const onAir = asked.found?.channels.filter((one) => one.state === "on air").length ?? 0;
  return (
    <Frame>
      <section className="mx-auto flex max-w-4xl flex-col items-center gap-5 py-[clamp(2rem,8vh,6rem)] text-center">
        <h1 className="text-[clamp(2rem,5vw,3.5rem)] leading-tight font-bold tracking-tight text-balance">
          Television that keeps time
        </h1>
        <p className="max-w-2xl text-lg leading-relaxed text-pretty text-muted">
          Every channel runs by one clock, and everybody has a lineup of their own. Come at any moment, on any screen:
          you are exactly where the clock says you should be.
        </p>
        <a
          href="/watch"
          className="inline-flex min-h-12 items-center gap-2 rounded-lg bg-accent-fill px-6 font-semibold text-on-accent transition hover:brightness-110"
        >
          <Play size={20} fill="currentColor" aria-hidden />
          Watch now
        </a>
      </section>
      <section aria-labelledby="on-now">
        <h2 id="on-now" className="mb-4 flex items-baseline gap-2 text-lg font-semibold">
          On now
          <span className="min-h-5 text-sm font-normal text-muted">
            {onAir > 1 && `${onAir} channels`}
            {onAir === 1 && "1 channel"}
          </span>
        </h2>
        <ChannelGrid asked={asked} />
      </section>
      <footer className="mt-12 border-t border-line pt-3">
        <nav aria-label="For those who run this" className="flex justify-center gap-2 text-sm text-muted">
          <More href="/admin">Dashboard</More>
          <More href="/docs">API</More>
        </nav>
      </footer>
    </Frame>
  );
}

function More({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} className="inline-flex min-h-10 items-center rounded-lg px-3 hover:text-ink hover:underline">
      {children}
    </a>
  );
}
