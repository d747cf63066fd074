import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function ChannelsPage() {
  return (
    <Page title="Channels">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
