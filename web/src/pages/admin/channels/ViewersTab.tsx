import { Card, Empty } from "../../../ui/bits";

/** The viewers of a channel. */
export default function ViewersTab({ channel }: { channel: string }) {
  return (
    <Card>
      <Empty title={`Nothing here yet of ${channel}`} />
    </Card>
  );
}
