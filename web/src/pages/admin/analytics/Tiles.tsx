import type { ReactNode } from "react";
import { Skeleton } from "../../../ui/bits";

type Tile = { name: string; value: string; note?: ReactNode };

/** Figures side by side. */
export function Tiles({ tiles }: { tiles: Tile[] }) {
  return (
    <dl className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-6">
      {tiles.map(({ name, value, note }) => (
        <div key={name} className="rounded-card border border-line bg-card p-4">
          <dt className="text-sm text-muted">{name}</dt>
          <dd className="mt-1 text-2xl font-semibold tabular-nums">{value}</dd>
          {note && <dd className="mt-0.5 text-xs text-muted">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}

export function TilesToCome() {
  return (
    <div className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-6">
      {["a", "b", "c", "d", "e", "f"].map((one) => (
        <Skeleton key={one} className="h-[6.9rem] rounded-card" />
      ))}
    </div>
  );
}
