import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function AnalyticsPage() {
  return (
    <Page title="Analytics">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
