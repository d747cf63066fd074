export type Bar = { name: string; count: number; told: string };

/** How often what is: a bar for each, and the same as a list for those who do not see it. */
export function Bars({ label, bars }: { label: string; bars: Bar[] }) {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  return (
    <figure aria-label={label} className="flex flex-col gap-1">
      <ul className="flex h-40 items-end gap-px sm:gap-1">
        {bars.map(({ name, count, told }) => (
          <li key={name} title={told} className="flex h-full min-w-0 flex-1 flex-col justify-end">
            <span className="sr-only">{told}</span>
            <span
              aria-hidden
              className="w-full rounded-t-sm bg-accent-fill"
              style={{ height: `${(count / most) * 100}%`, minHeight: count > 0 ? "2px" : "0" }}
            />
          </li>
        ))}
      </ul>
      <ul
        aria-hidden
        className="flex gap-px border-t border-line pt-1 text-center text-[0.65rem] text-muted sm:gap-1"
      >
        {bars.map(({ name }, index) => (
          <li key={name} className="min-w-0 flex-1 truncate">
            {index % 2 === 0 ? name : ""}
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** Shares of a whole, the greatest first. */
export function Shares({ parts, none }: { parts: { name: string; share: number; told: string }[]; none: string }) {
  if (parts.length === 0) return <p className="py-6 text-center text-sm text-muted">{none}</p>;
  return (
    <ul className="flex flex-col gap-2.5">
      {parts.map(({ name, share, told }) => (
        <li key={name} className="flex flex-col gap-1 text-sm">
          <span className="flex justify-between gap-3">
            <span className="min-w-0 truncate">{name}</span>
            <span className="shrink-0 text-muted">{told}</span>
          </span>
          <span aria-hidden className="h-1.5 overflow-hidden rounded-full bg-raised">
            <span className="block h-full rounded-full bg-accent-fill" style={{ width: `${share * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
