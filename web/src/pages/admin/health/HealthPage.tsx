import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function HealthPage() {
  return (
    <Page title="Health">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
