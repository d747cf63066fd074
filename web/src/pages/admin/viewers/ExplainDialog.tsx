import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { answer, api } from "../../../api/client";
import type { Explanation, Numbers } from "../../../api/schema";
import { Dialog } from "../../../ui/Dialog";
import { keys } from "../keys";
import { Loaded } from "../parts/Loaded";
import type { Whose } from "./data";

type ExplainDialogProps = {
  whose: Whose;
  /** RFC 3339; null is now. */
  at: string | null;
  onClose: () => void;
};

const WHEN: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "long" };

/** Why a viewer sees what they see at an instant: in words, and to the last number. */
export function ExplainDialog({ whose: { channel, viewer }, at, onClose }: ExplainDialogProps) {
  const why = useQuery({
    queryKey: keys.channel.explained(channel, viewer, at),
    queryFn: async () => {
      const query = { count: 0, ...(at !== null && { at }) };
      const params = { path: { channel, viewer }, query };
      // The client's types take a list of two for a list.
      return (await answer(api.GET("/channels/{channel}/viewers/{viewer}/explain", { params }))) as Explanation;
    },
    staleTime: 0,
  });
  return (
    <Dialog title={`Why ${viewer} sees this`} onClose={onClose}>
      <Loaded query={why} rows={4}>
        {(told) => <Told told={told} />}
      </Loaded>
    </Dialog>
  );
}

function Told({ told }: { told: Explanation }) {
  const { on_air, reason, where, pool, lineup_kind, lineup_why, position_s, at, msn, dsn, playlist } = told;
  return (
    <div className="flex flex-col gap-4 text-sm">
      <p className="text-base font-medium">
        {on_air.title}: {reason.text}
      </p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
        <Fact name="At">
          {new Intl.DateTimeFormat(undefined, WHEN).format(new Date(at))}, {position_s.toFixed(1)} s into it
        </Fact>
        <Fact name="Lineup">
          {lineup_kind}: {lineup_why}
        </Fact>
        <Fact name="Place">
          clip {where.place + 1} of {where.clips} in cycle {where.cycle}, segment {where.segment + 1} of{" "}
          {where.of_segments}
        </Fact>
        <Fact name="Pool">
          revision {pool.revision}, {pool.assets} assets
          {pool.met.length > 0 && `; kept: ${pool.met.join(", ")}`}
          {pool.relaxed.length > 0 && `; cannot be kept: ${pool.relaxed.join(", ")}`}
        </Fact>
        <Fact name="Date (PDT)">
          <code>{on_air.starts}</code>, the clip's first frame
        </Fact>
      </dl>
      <Sum title="Media sequence number" numbers={msn} />
      <Sum title="Discontinuity number" numbers={dsn} />
      <details>
        <summary className="min-h-10 py-2 font-medium">
          The playlist of {playlist.rendition}: {playlist.first_msn} to {playlist.last_msn}
        </summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to from the keyboard too */}
        <pre tabIndex={0} className="max-h-72 overflow-auto rounded-lg bg-raised p-3 text-xs">
          {playlist.text}
        </pre>
      </details>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** A number, and what it is the sum of. */
function Sum({ title, numbers: { number, addends } }: { title: string; numbers: Numbers }) {
  return (
    <section>
      <h3 className="font-medium">{title}</h3>
      <table className="w-full tabular-nums">
        <tbody>
          {addends.map(([what, value]) => (
            <tr key={what}>
              <td className="py-0.5 pr-3 text-muted">{what}</td>
              <td className="text-right align-top">{value}</td>
            </tr>
          ))}
          <tr className="border-t border-line font-semibold">
            <td className="py-0.5">together</td>
            <td className="text-right">{number}</td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}
