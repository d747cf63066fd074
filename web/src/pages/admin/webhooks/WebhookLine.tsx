import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { WebhookView } from "../../../api/schema";
import { ActionMenu, type MenuAction } from "../../../ui/ActionMenu";
import { Badge } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useToast } from "../../../ui/Toasts";
import { useMay } from "../session/session";
import { when } from "../words";

type What = "edit" | "remove" | "deliveries" | "rotate";

/** A webhook, how it fares, and what can be done with it. */
export function WebhookLine({ hook, onDo }: { hook: WebhookView; onDo: (what: What) => void }) {
  const say = useToast();
  const mayEdit = useMay("editor");
  const [error, setError] = useState<unknown>(null);
  const test = async () => {
    setError(null);
    try {
      await answer(api.POST("/webhooks/{webhook}/test", { params: { path: { webhook: hook.id } } }));
      say("A test is on its way", { action: { verb: "Look", act: () => onDo("deliveries") } });
    } catch (failure) {
      setError(failure);
    }
  };
  const actions: MenuAction[] = [
    { verb: "Deliveries", act: () => onDo("deliveries") },
    ...(mayEdit
      ? [
          { verb: "Send a test", act: test },
          { verb: "Edit", act: () => onDo("edit") },
          { verb: "New secret", act: () => onDo("rotate") },
          { verb: "Remove", danger: true, act: () => onDo("remove") },
        ]
      : []),
  ];
  return (
    <li className="flex flex-col gap-2 py-3">
      <div className="flex items-center gap-x-4 gap-y-2">
        <div className="min-w-0 grow">
          <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
            <span className="min-w-0 break-all">{hook.url}</span>
            {!hook.enabled && <Badge tone="bad">disabled</Badge>}
            {hook.enabled && hook.failing_since && <Badge tone="warn">fails</Badge>}
          </p>
          <p className="text-sm break-words text-muted">
            {hook.events.join(", ")}
            {hook.channel && ` · of channel ${hook.channel}`}
            {hook.description && ` · ${hook.description}`}
          </p>
          {hook.stopped && <p className="text-sm">{hook.stopped}</p>}
          {hook.failing_since && <p className="text-sm">Every try has failed since {when(hook.failing_since)}.</p>}
          {hook.dropped > 0 && (
            <p className="text-sm">{hook.dropped} events were dropped, as too many were waiting.</p>
          )}
        </div>
        <ActionMenu
          label={`What to do with ${hook.url}`}
          button={<Ellipsis size={18} aria-hidden />}
          actions={actions}
        />
      </div>
      {error !== null && <ErrorNote error={error} />}
    </li>
  );
}
