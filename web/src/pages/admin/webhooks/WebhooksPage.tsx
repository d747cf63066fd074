import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { WebhookView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Card, Empty } from "../../../ui/bits";
import { Confirm, Dialog } from "../../../ui/Dialog";
import { useToast } from "../../../ui/Toasts";
import { Page } from "../frame/Page";
import { keys } from "../keys";
import { Loaded } from "../parts/Loaded";
import { Secret } from "../parts/Secret";
import { May } from "../session/session";
import { Deliveries } from "./Deliveries";
import { WebhookForm } from "./WebhookForm";
import { WebhookLine } from "./WebhookLine";

type Doing =
  | { what: "make" }
  | { what: "edit" | "remove" | "deliveries" | "rotate"; hook: WebhookView }
  | { what: "secret"; secret: string }
  | null;

/** Other people's servers that are told of what happens. */
export default function WebhooksPage() {
  const hooks = useQuery({ queryKey: keys.webhook.list, queryFn: () => answer(api.GET("/webhooks")) });
  const [doing, setDoing] = useState<Doing>(null);
  const make = (
    <May as="editor">
      <Button look="primary" onClick={() => setDoing({ what: "make" })}>
        <Plus size={16} aria-hidden />
        Add a webhook
      </Button>
    </May>
  );
  return (
    <Page title="Webhooks" actions={make}>
      <Card>
        <Loaded query={hooks}>
          {(list) =>
            list.length === 0 ? (
              <Empty title="No webhooks yet">
                A webhook tells your own server when an asset is ready or has failed, when a channel starts or stops,
                and when a moment is reached.
              </Empty>
            ) : (
              <ul className="divide-y divide-line">
                {list.map((hook) => (
                  <WebhookLine key={hook.id} hook={hook} onDo={(what) => setDoing({ what, hook })} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <Shown doing={doing} become={setDoing} changed={() => void hooks.refetch()} />
    </Page>
  );
}

type ShownProps = { doing: Doing; become: (next: Doing) => void; changed: () => void };

function Shown({ doing, become, changed }: ShownProps) {
  const close = () => become(null);
  const told = (secret: string) => {
    become({ what: "secret", secret });
    changed();
  };
  if (doing === null) return null;
  switch (doing.what) {
    case "make":
      return <WebhookForm onClose={close} onMade={told} />;
    case "edit":
      return (
        <WebhookForm
          hook={doing.hook}
          onClose={close}
          onEdited={() => {
            close();
            changed();
          }}
        />
      );
    case "deliveries":
      return <Deliveries hook={doing.hook} onClose={close} />;
    case "secret":
      return (
        <Dialog title="Its secret" onClose={close}>
          <Secret label="What it is told is signed with this" text={doing.secret} />
        </Dialog>
      );
    default:
      return <Sure what={doing.what} hook={doing.hook} onClose={close} onSecret={told} onRemoved={changed} />;
  }
}

type SureProps = {
  what: "remove" | "rotate";
  hook: WebhookView;
  onClose: () => void;
  onSecret: (secret: string) => void;
  onRemoved: () => void;
};

function Sure({ what, hook, onClose, onSecret, onRemoved }: SureProps) {
  const say = useToast();
  const params = { params: { path: { webhook: hook.id } } };
  const remove = async () => {
    await api.DELETE("/webhooks/{webhook}", params);
    say("The webhook is removed");
    onRemoved();
  };
  const [made, setMade] = useState<string | null>(null);
  const rotate = async () => setMade((await answer(api.POST("/webhooks/{webhook}/rotate", params))).secret);
  if (what === "remove") {
    return (
      <Confirm title="Remove this webhook?" verb="Remove" danger onConfirm={remove} onClose={onClose}>
        <span className="break-all">{hook.url}</span> is told nothing more, and what is on its way to it is dropped.
        It cannot be undone; to pause it, disable it instead.
      </Confirm>
    );
  }
  return (
    <Confirm
      title="A new secret?"
      verb="Make it"
      onConfirm={rotate}
      onClose={() => (made === null ? onClose() : onSecret(made))}
    >
      For a while both secrets sign, so that nothing is refused until the receiver has the new one.
    </Confirm>
  );
}
