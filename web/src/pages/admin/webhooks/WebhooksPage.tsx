import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function WebhooksPage() {
  return (
    <Page title="Webhooks">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
