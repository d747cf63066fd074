import { Page } from "../frame/Page";
import { Loaded } from "../parts/Loaded";
import { useServerNow } from "../parts/serverTime";
import { ChannelCard } from "./ChannelCard";
import { useOnNow } from "./data";
import { FirstSteps } from "./FirstSteps";
import { HealthLine } from "./HealthLine";
import { LastChanges } from "./LastChanges";
import { Underway } from "./Underway";

/** What is on, now: the page that the dashboard begins with. */
export default function LivePage() {
  const channels = useOnNow();
  const now = useServerNow();
  return (
    <Page title="Live">
      <HealthLine />
      <Loaded query={channels}>
        {(all) => {
          const shown = all.filter(({ state }) => state === "on air" || state === "to begin");
          if (shown.length === 0) return <FirstSteps channels={all} />;
          return (
            <ul className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
              {shown.map((channel) => (
                <li key={channel.name} className="min-w-0">
                  <ChannelCard channel={channel} now={now} />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      <div className="grid gap-4 xl:grid-cols-2">
        <Underway />
        <LastChanges channels={channels.data ?? []} />
      </div>
    </Page>
  );
}
