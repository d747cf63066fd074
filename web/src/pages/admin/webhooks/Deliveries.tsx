import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { DeliveryView, WebhookView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Badge, Empty, type Tone } from "../../../ui/bits";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNote } from "../../../ui/ErrorNote";
import { keys } from "../keys";
import { Loaded } from "../parts/Loaded";
import { May } from "../session/session";
import { when } from "../words";

const TONES: Record<DeliveryView["state"], Tone> = {
  waiting: "plain",
  sending: "accent",
  delivered: "good",
  failed: "bad",
};
const ASKED_MS = 3000;

/** What was sent to a webhook, and what is on its way. */
export function Deliveries({ hook, onClose }: { hook: WebhookView; onClose: () => void }) {
  const params = { path: { webhook: hook.id } };
  const list = useQuery({
    queryKey: keys.webhook.deliveries(hook.id),
    queryFn: () => answer(api.GET("/webhooks/{webhook}/deliveries", { params })),
    refetchInterval: ASKED_MS,
  });
  const [error, setError] = useState<unknown>(null);
  const again = async (event: string) => {
    setError(null);
    try {
      await answer(
        api.POST("/webhooks/{webhook}/deliveries/{event}/redeliver", {
          params: { path: { webhook: hook.id, event } },
        }),
      );
      await list.refetch();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Dialog title="Deliveries" onClose={onClose}>
      <p className="text-sm break-all text-muted">{hook.url}</p>
      {error !== null && <ErrorNote error={error} />}
      <div className="max-h-[60dvh] overflow-y-auto">
        <Loaded query={list}>
          {({ deliveries }) =>
            deliveries.length === 0 ? (
              <Empty title="Nothing has been sent yet">Send a test to see that it arrives.</Empty>
            ) : (
              <ul className="divide-y divide-line">
                {deliveries.map((one) => (
                  <DeliveryLine key={one.event} delivery={one} onAgain={() => again(one.event)} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
    </Dialog>
  );
}

function DeliveryLine({ delivery: one, onAgain }: { delivery: DeliveryView; onAgain: () => void }) {
  return (
    <li className="flex items-center gap-3 py-3 text-sm">
      <div className="min-w-0 grow break-words">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {one.type}
          <Badge tone={TONES[one.state]}>{one.state}</Badge>
        </p>
        <p className="text-muted">
          {when(one.queued)} · {one.tries} {one.tries === 1 ? "try" : "tries"}
          {one.status !== null && ` · answered ${one.status}`}
        </p>
        {one.error && one.state !== "delivered" && <p>{one.error}</p>}
        {one.state === "waiting" && one.next && <p className="text-muted">tried again {when(one.next)}</p>}
      </div>
      {(one.state === "failed" || one.state === "delivered") && (
        <May as="editor">
          <Button onClick={onAgain}>Send again</Button>
        </May>
      )}
    </li>
  );
}
