import type { ReactNode } from "react";
import type { AssetDetail, Rendition } from "../../../api/schema";
import { Card } from "../../../ui/bits";
import { bytes, runtime, when } from "../words";

/** What is stored of an asset, which never changes. */
export function AssetFacts({ asset }: { asset: AssetDetail }) {
  const { record } = asset;
  return (
    <Card title="What it is">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-2 text-sm">
        <Fact name="Plays for">{runtime(asset.duration_s)}</Fact>
        <Fact name="Made from">
          {asset.file} ({bytes(asset.size_bytes)})
        </Fact>
        <Fact name="Packaged">{when(asset.packaged_at)}</Fact>
        <Fact name="Frame rate">{frames(record.frame_rate)} a second</Fact>
        <Fact name="Id">
          <code className="text-xs break-all">{asset.id}</code>
        </Fact>
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="break-words">{children}</dd>
    </>
  );
}

function frames(rate: string): string {
  const [over = Number.NaN, under = 1] = rate.split("/").map(Number);
  return Number.isFinite(over / under) ? String(Math.round((over / under) * 1000) / 1000) : rate;
}

export function RenditionTable({ renditions }: { renditions: readonly Rendition[] }) {
  return (
    <Card title="Renditions">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled by keyboard */}
      <section className="overflow-x-auto" tabIndex={0} aria-label="Table of the renditions">
        <table className="w-full text-left text-sm whitespace-nowrap tabular-nums">
          <thead className="text-muted">
            <tr>
              {["Rung", "Format", "Picture", "Bit rate, mean", "at most", "Codecs"].map((name) => (
                <th key={name} scope="col" className="py-1.5 pr-4 font-medium">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {renditions.map((one) => (
              <tr key={`${one.format} ${one.rung}`}>
                <th scope="row" className="py-1.5 pr-4 font-medium">
                  {one.rung}
                </th>
                <td className="pr-4">{one.format}</td>
                <td className="pr-4">{one.kind === "audio" ? "sound only" : `${one.width} × ${one.height}`}</td>
                <td className="pr-4">{kbps(one.average_bps)}</td>
                <td className="pr-4">{kbps(one.peak_bps)}</td>
                <td className="pr-4 text-muted">{one.codecs}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}

function kbps(bps: number): string {
  return `${Math.round(bps / 1000)} kbit/s`;
}
