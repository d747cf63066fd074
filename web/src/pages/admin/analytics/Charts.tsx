import { useMemo } from "react";
import { Card } from "../../../ui/bits";
import { Chart } from "../parts/Chart";
import { count, millis, type Point, percent } from "./figures";

/** The audience over time. */
export function Charts({ points }: { points: Point[] }) {
  const times = useMemo(() => points.map((point) => Date.parse(point.at) / 1000), [points]);
  const lines = useMemo(() => {
    const of = (name: keyof Point) => points.map((point) => point[name] as number | null);
    return {
      viewers: [
        { name: "Viewers", colour: "accent", values: of("concurrent") },
        { name: "Most", colour: "muted", values: of("peak"), dashed: true },
      ],
      moves: [
        { name: "Joined", colour: "good", values: of("joins") },
        { name: "Left", colour: "warn", values: of("leaves") },
      ],
      sync: [
        { name: "Half are within", colour: "good", values: of("sync_p50_ms") },
        { name: "95 of 100 are within", colour: "accent", values: of("sync_p95_ms") },
      ],
      stalls: [{ name: "Time stalled", colour: "bad", values: of("stall_ratio") }],
    };
  }, [points]);
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Card title="Viewers">
        <Chart label="How many watched at once" times={times} lines={lines.viewers} written={count} least={5} />
      </Card>
      <Card title="Joined and left">
        <Chart label="How many joined and left" times={times} lines={lines.moves} written={count} least={5} />
      </Card>
      <Card title="Sync error">
        <Chart
          label="How far players were from the clock"
          times={times}
          lines={lines.sync}
          written={millis}
          least={50}
        />
      </Card>
      <Card title="Stalls">
        <Chart
          label="Which part of the time players stalled"
          times={times}
          lines={lines.stalls}
          written={percent}
          least={0.01}
        />
      </Card>
    </div>
  );
}
