import { Skeleton } from "../../../ui/bits";
import { FillerCard } from "./FillerCard";
import { PoolCard } from "./PoolCard";
import { RulesCard } from "./RulesCard";
import { useChannel } from "./stored";

/** What a channel plays: its pool, the rules by which that is put in order, and filler. */
export default function ProgrammingTab({ channel }: { channel: string }) {
  const { data } = useChannel(channel);
  if (data === undefined) return <Skeleton className="h-64" />;
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <PoolCard channel={data} />
      <div className="flex min-w-0 flex-col gap-4">
        <RulesCard channel={data} />
        <FillerCard channel={data} />
      </div>
    </div>
  );
}
