import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useSearchParams } from "wouter";
import { Empty, Skeleton } from "../../../ui/bits";
import { SelectField, TextField } from "../../../ui/Field";
import { Page } from "../frame/Page";
import { May, useMay } from "../session/session";
import { AssetGrid, type Sought } from "./AssetGrid";
import { JobList } from "./JobList";
import { useJobs } from "./jobs";
import { UploadPanel } from "./UploadPanel";

const TYPED_MS = 250;
const STATES = ["live", "retired", "deleted"] as const;

/** All assets, and how new ones come. What is looked for stands in the address, so it can be passed on. */
export default function AssetsPage() {
  const { sought, seek } = useSought();
  const isLookedFor = sought.text !== "" || sought.tags.length > 0 || sought.state !== "";
  const mayUpload = useMay("editor");
  const jobs = useJobs();
  return (
    <Page title="Assets">
      <May as="editor">
        <UploadPanel />
      </May>
      <JobList />
      {/* Below the jobs, so not shown until it is known how many there are. */}
      {jobs.isPending && <Skeleton className="h-96" />}
      <div className={jobs.isPending ? "hidden" : "contents"}>
        <Filters sought={sought} seek={seek} />
        <AssetGrid
          sought={sought}
          empty={
            <Empty title={isLookedFor ? "No asset fits" : "No assets yet"}>
              {isLookedFor
                ? "Look for less: every word and every tag has to fit."
                : mayUpload
                  ? "Upload a video: it is packaged, and can then be on air."
                  : "An editor or an owner can upload videos."}
            </Empty>
          }
        />
      </div>
    </Page>
  );
}

function useSought(): { sought: Sought; seek: (change: Partial<Sought>) => void } {
  const [params, setParams] = useSearchParams();
  const state = STATES.find((one) => one === params.get("state")) ?? "";
  const sought: Sought = { text: params.get("text") ?? "", tags: params.getAll("tag"), state };
  const seek = (change: Partial<Sought>) => {
    const next = { ...sought, ...change };
    const told = new URLSearchParams();
    if (next.text !== "") told.set("text", next.text);
    for (const tag of next.tags) told.append("tag", tag);
    if (next.state !== "") told.set("state", next.state);
    setParams(told, { replace: true });
  };
  return { sought, seek };
}

function Filters({ sought, seek }: { sought: Sought; seek: (change: Partial<Sought>) => void }) {
  const [text, setText] = useState(sought.text);
  const [tag, setTag] = useState("");
  useEffect(() => {
    if (text.trim() === sought.text) return;
    const typed = setTimeout(() => seek({ text: text.trim() }), TYPED_MS);
    return () => clearTimeout(typed);
  }, [text, sought, seek]);
  return (
    <search className="flex flex-wrap items-end gap-3">
      <div className="relative grow basis-64">
        <TextField
          label="Look for"
          type="search"
          maxLength={200}
          placeholder="title, file, description or id"
          className="pl-9"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Search size={16} aria-hidden className="pointer-events-none absolute bottom-3 left-3 text-muted" />
      </div>
      <form
        className="basis-40"
        onSubmit={(event) => {
          event.preventDefault();
          const one = tag.trim().toLowerCase();
          if (one !== "" && !sought.tags.includes(one)) seek({ tags: [...sought.tags, one] });
          setTag("");
        }}
      >
        <TextField
          label="With the tag"
          maxLength={64}
          placeholder="Enter adds it"
          value={tag}
          onChange={(event) => setTag(event.target.value)}
        />
      </form>
      <div className="basis-32">
        <SelectField
          label="State"
          value={sought.state}
          onChange={(event) => seek({ state: STATES.find((one) => one === event.target.value) ?? "" })}
        >
          <option value="">any</option>
          {STATES.map((state) => (
            <option key={state}>{state}</option>
          ))}
        </SelectField>
      </div>
      {sought.tags.length > 0 && (
        <ul className="flex basis-full flex-wrap gap-2" aria-label="Tags that are looked for">
          {sought.tags.map((one) => (
            <li key={one}>
              <button
                type="button"
                aria-label={`Not only ${one}`}
                onClick={() => seek({ tags: sought.tags.filter((other) => other !== one) })}
                className="inline-flex min-h-10 items-center gap-1.5 rounded-full bg-accent/15 px-3 text-sm font-medium text-accent"
              >
                {one}
                <X size={14} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}
