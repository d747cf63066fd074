import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";

export default function AccountsPage() {
  return (
    <Page title="Accounts">
      <Card>
        <Empty title="Nothing here yet" />
      </Card>
    </Page>
  );
}
