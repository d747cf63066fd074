import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function TokensPage() {
  return (
    <Page title="Tokens">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
