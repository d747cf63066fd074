import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export type Line = { name: string; colour: string; values: (number | null)[]; dashed?: boolean };
type ChartProps = {
  /** What it shows, for those who do not see it. */
  label: string;
  /** Unix seconds, one for each value of each line. */
  times: number[];
  lines: Line[];
  /** How a value is written, on the axis and in the legend. */
  written: (value: number) => string;
  /** How far up it reaches at least, so that nothing looks large because everything is small. */
  least: number;
};

const HEIGHT = 220;

/** A colour of the theme, as a canvas needs it. */
function themed(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--color-${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function options({ lines, written, least }: ChartProps, width: number): uPlot.Options {
  const axis = { stroke: themed("muted"), grid: { stroke: themed("line"), width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    cursor: { y: false },
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, least) * 1.1] } },
    axes: [axis, { ...axis, size: 64, values: (_, values) => values.map(written) }],
    series: [
      {},
      ...lines.map(({ name, colour, dashed }) => ({
        label: name,
        stroke: themed(colour),
        width: 2,
        ...(dashed && { dash: [6, 4] }),
        value: (_: uPlot, value: number | null) => (value === null ? "–" : written(value)),
        points: { show: false },
      })),
    ],
  };
}

/** Lines over time. */
export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<uPlot | null>(null);
  const { label, times, lines } = props;
  const form = lines.map((line) => line.name).join("|");
  const latest = useRef(props);
  latest.current = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is made anew for other lines, not for other values
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const { times, lines } = latest.current;
    const chart = new uPlot(
      options(latest.current, box.clientWidth),
      [times, ...lines.map((one) => one.values)],
      box,
    );
    shown.current = chart;
    const sized = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: HEIGHT }));
    sized.observe(box);
    return () => {
      sized.disconnect();
      chart.destroy();
      shown.current = null;
    };
  }, [form]);
  useEffect(() => {
    shown.current?.setData([times, ...lines.map((one) => one.values)]);
  }, [times, lines]);
  return <div ref={place} role="img" aria-label={label} className="min-h-[265px] w-full min-w-0 overflow-hidden" />;
}
