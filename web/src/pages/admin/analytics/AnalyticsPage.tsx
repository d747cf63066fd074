import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "wouter";
import { answer, api } from "../../../api/client";
import { Card, Empty, Skeleton } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Page } from "../frame/Page";
import { keys } from "../keys";
import { useAudience } from "../live/data";
import { useAllChannels } from "../parts/allChannels";
import { Bars, Shares } from "../parts/Bars";
import { Charts } from "./Charts";
import { bars, count, type Facts, millis, type Now, percent, RANGES, reach } from "./figures";
import { Tiles, TilesToCome } from "./Tiles";

const ASKED_MS = 5000;
const SELECT = "min-h-10 rounded-lg border border-line bg-card px-3 text-sm";

/** Who watches, how well, and how together they are. */
export default function AnalyticsPage() {
  const channels = useAllChannels();
  const [search, setSearch] = useSearchParams();
  const chosen = search.get("channel") ?? "";
  const choose = (channel: string) => setSearch({ channel }, { replace: true });
  const [range, setRange] = useState("2h");
  const known = channels.data ?? [];
  const names = known.map((one) => one.name);
  const channel = chosen || known.find((one) => one.state === "on air")?.name || names[0] || "";
  const choices = (
    <>
      <select
        aria-label="Channel"
        className={`${SELECT} w-56`}
        value={channel}
        onChange={(event) => choose(event.target.value)}
      >
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="How far back"
        className={SELECT}
        value={range}
        onChange={(event) => setRange(event.target.value)}
      >
        {Object.entries(RANGES).map(([value, { title }]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    </>
  );
  return (
    <Page title="Analytics" actions={choices}>
      {channels.error !== null && <ErrorNote error={channels.error} />}
      {channels.data && names.length === 0 && (
        <Card>
          <Empty title="No channels yet">When somebody watches one, it is told here.</Empty>
        </Card>
      )}
      {channel !== "" && <Audience channel={channel} range={range} />}
    </Page>
  );
}

function Audience({ channel, range }: { channel: string; range: string }) {
  const now = useAudience(channel);
  const series = useQuery({
    queryKey: keys.analytics.series(channel, range),
    queryFn: () =>
      answer(api.GET("/analytics/{channel}", { params: { path: { channel }, query: reach(range, Date.now()) } })),
    refetchInterval: range === "15m" || range === "2h" ? 2 * ASKED_MS : 12 * ASKED_MS,
    placeholderData: (before) => before,
  });
  const error = now.error ?? series.error;
  const { from, to } = reach(range, Date.now());
  const csv = `/api/v1/analytics/${encodeURIComponent(channel)}.csv?from=${from}&to=${to}`;
  return (
    <>
      {error !== null && <ErrorNote error={error} />}
      {now.data ? <NowTiles now={now.data} /> : <TilesToCome />}
      {series.data ? (
        <>
          <Charts points={series.data.points} />
          <Breakdown facts={series.data.facts} />
          <a
            href={csv}
            download
            className="inline-flex min-h-10 items-center gap-2 self-start rounded-lg border border-line bg-card px-4 text-sm font-medium hover:bg-raised"
          >
            <Download size={16} aria-hidden />
            These points as CSV
          </a>
        </>
      ) : (
        <Skeleton className="h-80 rounded-card" />
      )}
    </>
  );
}

function NowTiles({ now: { concurrent, facts, window_s } }: { now: Now }) {
  const last = `in the last ${window_s} s`;
  return (
    <Tiles
      tiles={[
        {
          name: "Watching now",
          value: count(concurrent),
          note: `${facts.joins} joined, ${facts.leaves} left ${last}`,
        },
        { name: "In sync", value: percent(facts.sync.within_40ms), note: "within 40 ms of the clock" },
        { name: "Sync error", value: millis(facts.sync.p95_ms), note: "95 of 100 are closer" },
        {
          name: "First frame",
          value: millis(facts.startup.p50_ms),
          note: `95 of 100 within ${millis(facts.startup.p95_ms)}`,
        },
        { name: "Stalled", value: percent(facts.stalls.ratio), note: `${facts.stalls.count} stalls ${last}` },
        {
          name: "Bit rate",
          value: facts.bitrate_kbps === null ? "–" : `${(facts.bitrate_kbps / 1000).toFixed(1)} Mbit/s`,
          note: `${facts.fatal_errors} fatal errors ${last}`,
        },
      ]}
    />
  );
}

function Breakdown({ facts }: { facts: Facts }) {
  const share = (one: { share: number; viewers: number }) => ({
    share: one.share,
    told: `${percent(one.share)} · ${count(Math.round(one.viewers))}`,
  });
  const none = "Nothing is known yet.";
  return (
    <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
      <Card title="How together: sync error" className="md:col-span-2 xl:col-span-3">
        <Bars label="How many readings of the sync error are how large" bars={bars(facts.sync.histogram)} />
        <p className="mt-3 text-sm text-muted">
          {percent(facts.sync.within_40ms)} within 40 ms, {percent(facts.sync.within_100ms)} within 100 ms,{" "}
          {percent(facts.sync.within_1s)} within a second. Below 0 is behind.
        </p>
      </Card>
      <Card title="Assets">
        <Shares none={none} parts={facts.assets.map((one) => ({ name: one.title || one.asset, ...share(one) }))} />
      </Card>
      <Card title="Quality">
        <Shares none={none} parts={facts.heights.map((one) => ({ name: height(one.height), ...share(one) }))} />
      </Card>
      <Card title="Countries">
        <Shares none={none} parts={facts.countries.map((one) => ({ name: one.country, ...share(one) }))} />
      </Card>
      <Card title="First frame" className="md:col-span-2">
        <Bars label="How many players showed their first frame after how long" bars={bars(facts.startup.histogram)} />
      </Card>
      <Card title="Errors">
        <Shares
          none="None."
          parts={facts.errors.map((one) => ({
            name: one.code,
            share: one.count / Math.max(1, ...facts.errors.map((other) => other.count)),
            told: count(one.count),
          }))}
        />
      </Card>
    </div>
  );
}

function height(told: string): string {
  return /^\d+$/.test(told) ? `${told}p` : told;
}
