import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function LivePage() {
  return (
    <Page title="Live">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
