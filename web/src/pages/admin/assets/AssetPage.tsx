import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function AssetPage() {
  return (
    <Page title="Asset">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
