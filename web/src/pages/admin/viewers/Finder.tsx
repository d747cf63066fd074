import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";
import { answer, api } from "../../../api/client";
import type { ViewerView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Badge, Card, Empty } from "../../../ui/bits";
import { TextField } from "../../../ui/Field";
import { keys } from "../keys";
import { Loaded } from "../parts/Loaded";
import { useSettled } from "../parts/useSettled";

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const SHOWN = 50;

/** The page of a viewer on a channel. */
export function viewerPath(channel: string, viewer: string): string {
  return `/viewers/${encodeURIComponent(viewer)}?channel=${encodeURIComponent(channel)}`;
}

/** Finds a viewer of a channel: those who were put on a lineup by how their names begin, anybody by the whole name. */
export function Finder({ channel }: { channel: string }) {
  const [typed, setTyped] = useState("");
  const [, navigate] = useLocation();
  const name = typed.trim();
  const wrong = name !== "" && !NAME.test(name) ? "1 to 64 letters, digits, '.', '_' or '-'" : null;
  const prefix = useSettled(wrong === null ? name : "");
  const found = useQuery({
    queryKey: keys.channel.viewers(channel, prefix),
    queryFn: () =>
      answer(
        api.GET("/channels/{channel}/viewers", { params: { path: { channel }, query: { prefix, limit: SHOWN } } }),
      ),
    placeholderData: keepPreviousData,
  });
  const open = (event: FormEvent) => {
    event.preventDefault();
    if (name !== "" && wrong === null) navigate(viewerPath(channel, name));
  };
  return (
    <Card title={`Viewers of ${channel}`}>
      <form onSubmit={open} className="mb-4 flex flex-wrap items-start gap-3">
        <div className="grow basis-64">
          <TextField
            label="Name"
            type="search"
            autoComplete="off"
            spellCheck={false}
            error={wrong}
            hint="Any name is a viewer: who was put on no lineup has one derived from the name."
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        <Button type="submit" look="primary" className="sm:mt-6.5" disabled={name === "" || wrong !== null}>
          Open
        </Button>
      </form>
      <Loaded query={found}>
        {({ viewers, next }) => <Found channel={channel} prefix={prefix} viewers={viewers} more={next !== null} />}
      </Loaded>
    </Card>
  );
}

type FoundProps = { channel: string; prefix: string; viewers: ViewerView[]; more: boolean };

function Found({ channel, prefix, viewers, more }: FoundProps) {
  if (viewers.length === 0) {
    return (
      <Empty title={prefix === "" ? "Nobody was put on a lineup yet" : "Nobody of this name was put on a lineup"}>
        {prefix === ""
          ? "Type any name to see what that viewer sees."
          : "Open the name to see what that viewer sees."}
      </Empty>
    );
  }
  return (
    <>
      <ul className="divide-y divide-line">
        {[...viewers]
          .sort((one, other) => one.name.localeCompare(other.name))
          .map(({ name, lineup, given }) => (
            <li key={name}>
              <Link
                href={viewerPath(channel, name)}
                className="flex min-h-12 items-center gap-3 rounded-lg px-2 text-sm hover:bg-raised"
              >
                <span className="min-w-0 grow truncate font-medium">{name}</span>
                {given && <span className="max-w-40 truncate text-muted">{lineup}</span>}
                <Badge tone={given ? "accent" : "plain"}>{given ? "given" : "derived"}</Badge>
                <ArrowRight size={16} aria-hidden className="shrink-0 text-muted" />
              </Link>
            </li>
          ))}
      </ul>
      {more && <p className="mt-3 text-sm text-muted">There are more: type how the name begins.</p>}
    </>
  );
}
