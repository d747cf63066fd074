import { Card, Empty } from "../../../ui/bits";

/** The cohorts of a channel. */
export default function CohortsTab({ channel }: { channel: string }) {
  return (
    <Card>
      <Empty title={`Nothing here yet of ${channel}`} />
    </Card>
  );
}
