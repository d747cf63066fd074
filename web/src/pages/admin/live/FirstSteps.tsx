import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { Link } from "wouter";
import { answer, api } from "../../../api/client";
import type { ChannelLine } from "../../../api/schema";
import { Card } from "../../../ui/bits";
import { keys } from "../keys";
import { useMay } from "../session/session";

/** Where nothing is on air: how to come there, with what is done already. */
export function FirstSteps({ channels }: { channels: ChannelLine[] }) {
  const mayEdit = useMay("editor");
  const assets = useQuery({
    queryKey: keys.asset.any,
    queryFn: () => answer(api.GET("/assets", { params: { query: { limit: 1, state: ["live"] } } })),
  });
  const steps = [
    {
      title: "Upload a video",
      text: "It is packaged, and is an asset then.",
      path: "/assets",
      done: (assets.data?.assets.length ?? 0) > 0,
    },
    {
      title: "Make a channel",
      text: "Its pool says of which assets everybody's lineup is made.",
      path: "/channels",
      done: channels.length > 0,
    },
    {
      title: "Start it",
      text: "At once, or at a time that you choose.",
      path: channels[0] === undefined ? "/channels" : `/channels/${channels[0].name}`,
      done: false,
    },
  ];
  const next = steps.findIndex(({ done }) => !done);
  return (
    <Card title="Nothing is on air">
      {!mayEdit && <p className="mb-3 text-sm text-muted">An editor or an owner can do this:</p>}
      <ol className="grid gap-3 md:grid-cols-3">
        {steps.map(({ title, text, path, done }, at) => (
          <li key={title}>
            <Link
              href={path}
              className={`flex h-full items-start gap-3 rounded-lg border p-4 hover:bg-raised ${at === next ? "border-accent" : "border-line"}`}
            >
              <span className="flex size-8 shrink-0 items-center justify-center rounded-full bg-raised text-sm font-semibold">
                {done ? <CircleCheck size={20} className="text-good" role="img" aria-label="done" /> : at + 1}
              </span>
              <span className="min-w-0">
                <span className="block font-medium">{title}</span>
                <span className="block text-sm text-muted">{text}</span>
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </Card>
  );
}
