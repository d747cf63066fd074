import { Card, Empty } from "../../../ui/bits";

/** The programming of a channel. */
export default function ProgrammingTab({ channel }: { channel: string }) {
  return (
    <Card>
      <Empty title={`Nothing here yet of ${channel}`} />
    </Card>
  );
}
