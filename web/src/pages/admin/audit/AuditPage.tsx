import { useInfiniteQuery } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import type { AuditLine } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Card, Empty } from "../../../ui/bits";
import { Page } from "../frame/Page";
import { keys } from "../keys";
import { Loaded } from "../parts/Loaded";
import { TrailText } from "../parts/TrailText";
import { when } from "../words";

/** Who signed in, and who changed what of no channel. */
export default function AuditPage() {
  const trail = useInfiniteQuery({
    queryKey: keys.account.audit,
    queryFn: ({ pageParam }) =>
      answer(api.GET("/audit", { params: { query: { limit: 50, ...(pageParam && { after: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  return (
    <Page title="Audit">
      <p className="max-w-prose text-sm text-muted">
        Who signed in, and who changed accounts, tokens and webhooks. What was changed on a channel is told there.
      </p>
      <Card>
        <Loaded query={trail} rows={6}>
          {({ pages }) => <Trail lines={pages.flatMap((page) => page.entries)} />}
        </Loaded>
        {trail.hasNextPage && (
          <Button className="mt-4 w-full" busy={trail.isFetchingNextPage} onClick={() => trail.fetchNextPage()}>
            Show older
          </Button>
        )}
      </Card>
    </Page>
  );
}

/** Entries of a trail, the newest first. */
function Trail({ lines }: { lines: AuditLine[] }) {
  if (lines.length === 0) return <Empty title="Nothing has been changed yet" />;
  return (
    <ul className="divide-y divide-line">
      {lines.map((line) => (
        <li key={line.id} className="grid gap-x-4 gap-y-1 py-3 text-sm sm:grid-cols-[13rem_1fr]">
          <time dateTime={line.at} className="text-muted">
            {when(line.at)}
          </time>
          <TrailText line={line} channel={null} />
        </li>
      ))}
    </ul>
  );
}
