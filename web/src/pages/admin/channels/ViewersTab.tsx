import { Finder } from "../viewers/Finder";

/** The viewers of a channel. */
export default function ViewersTab({ channel }: { channel: string }) {
  return <Finder channel={channel} />;
}
