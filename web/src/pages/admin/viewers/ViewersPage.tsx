import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function ViewersPage() {
  return (
    <Page title="Viewers">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
