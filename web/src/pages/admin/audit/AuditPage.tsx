import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function AuditPage() {
  return (
    <Page title="Audit">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
