import { Card, Empty } from "../../../ui/bits";

/** Who may watch: the playback tokens of a channel. */
export default function AccessTab({ channel }: { channel: string }) {
  return (
    <Card>
      <Empty title={`Nothing here yet of ${channel}`} />
    </Card>
  );
}
