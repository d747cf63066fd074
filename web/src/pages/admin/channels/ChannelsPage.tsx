import { Plus } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { Button } from "../../../ui/Button";
import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";
import { Loaded } from "../parts/Loaded";
import { useServerNow } from "../parts/serverTime";
import { May, useMay } from "../session/session";
import { ChannelItem } from "./ChannelItem";
import { CreateChannel } from "./CreateChannel";
import { useAudience, useChannels } from "./stored";

/** All channels: what each is doing, what is on, and what can be done about it. */
export default function ChannelsPage() {
  const channels = useChannels();
  const audience = useAudience();
  const now = useServerNow();
  const mayMake = useMay("editor");
  const [, navigate] = useLocation();
  const [making, setMaking] = useState(false);
  const make = (
    <May as="editor">
      <Button look="primary" onClick={() => setMaking(true)}>
        <Plus size={16} aria-hidden />
        Make a channel
      </Button>
    </May>
  );
  return (
    <Page title="Channels" actions={make}>
      <Loaded query={channels} rows={4}>
        {({ pages }) => {
          const all = pages.flatMap((page) => page.channels);
          if (all.length === 0) return <None mayMake={mayMake} />;
          return (
            <ul className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
              {all.map((one) => (
                <li key={one.name} className="min-w-0">
                  <ChannelItem channel={one} nowMs={now} viewers={audience(one.name)} />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      {channels.hasNextPage && (
        <Button busy={channels.isFetchingNextPage} onClick={() => channels.fetchNextPage()}>
          Show more
        </Button>
      )}
      {making && (
        <CreateChannel
          onClose={() => setMaking(false)}
          onMade={(name) => navigate(`/channels/${name}/programming`)}
        />
      )}
    </Page>
  );
}

function None({ mayMake }: { mayMake: boolean }) {
  return (
    <Card>
      <Empty title="No channels yet">
        {mayMake
          ? "Make one: it plays the assets that you choose, to every viewer in an order of their own."
          : "An editor or an owner can make one."}
      </Empty>
    </Card>
  );
}
