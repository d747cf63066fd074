import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import type { ChannelLine, ChannelPage } from "../../../api/schema";
import { keys } from "../keys";

const PAGE = 100;
const MOST = 1000;

/** All channels there are, by their names: of very many the first thousand. */
export function useAllChannels() {
  return useQuery({ queryKey: keys.channel.names, queryFn: channels });
}

async function channels(): Promise<ChannelLine[]> {
  const found: ChannelLine[] = [];
  let after: string | null = null;
  do {
    const query: { limit: number; after?: string } = { limit: PAGE, ...(after !== null && { after }) };
    const page: ChannelPage = await answer(api.GET("/channels", { params: { query } }));
    found.push(...page.channels);
    after = page.next ?? null;
  } while (after !== null && found.length < MOST);
  return found;
}
