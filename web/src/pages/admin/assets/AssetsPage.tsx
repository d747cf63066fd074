import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function AssetsPage() {
  return (
    <Page title="Assets">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
