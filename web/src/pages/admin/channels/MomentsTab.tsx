import { Card, Empty } from "../../../ui/bits";

/** The shared moments of a channel. */
export default function MomentsTab({ channel }: { channel: string }) {
  return (
    <Card>
      <Empty title={`Nothing here yet of ${channel}`} />
    </Card>
  );
}
