import { useParams } from "wouter";
import { Refused } from "../../../api/client";
import type { AssetDetail } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Badge, Card, Empty, Skeleton } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useAsset } from "../channels/stored";
import { Page } from "../frame/Page";
import { May, useMay } from "../session/session";
import { when } from "../words";
import { AssetActions } from "./AssetActions";
import { AssetEditor } from "./AssetEditor";
import { AssetFacts, RenditionTable } from "./AssetFacts";
import { Poster } from "./AssetGrid";
import { AssetPlayer } from "./AssetPlayer";
import { draftOf, FIELDS, LABELS } from "./edit";

const FROM = { path: "/assets", title: "Assets" };

export default function AssetPage() {
  const { asset: id = "" } = useParams<{ asset: string }>();
  const asset = useAsset(id);
  if (asset.data) return <Loaded key={id} asset={asset.data} />;
  if (asset.error !== null) return <Missing error={asset.error} onAgain={() => void asset.refetch()} />;
  return (
    <Page title="Asset" from={FROM}>
      <div className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_28rem]" role="status" aria-label="Loading">
        <Skeleton className="aspect-video" />
        <Skeleton className="h-96" />
      </div>
    </Page>
  );
}

function Missing({ error, onAgain }: { error: Error; onAgain: () => void }) {
  const gone = error instanceof Refused && (error.status === 404 || error.status === 400);
  return (
    <Page title="Asset" from={FROM}>
      {gone ? (
        <Empty title="There is no such asset">It was deleted, or the address is not complete.</Empty>
      ) : (
        <ErrorNote error={error} action={<Button onClick={onAgain}>Try again</Button>} />
      )}
    </Page>
  );
}

function Loaded({ asset }: { asset: AssetDetail }) {
  const mayEdit = useMay("editor") && asset.state !== "deleted";
  return (
    <Page
      title={asset.title}
      from={FROM}
      actions={
        <>
          {asset.state !== "live" && <Badge tone={asset.state === "retired" ? "warn" : "bad"}>{asset.state}</Badge>}
          <May as="editor">
            <AssetActions asset={asset} />
          </May>
        </>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,1fr)_28rem] xl:grid-rows-[auto_1fr]">
        {asset.vod === null ? (
          <Poster src={null} />
        ) : (
          <AssetPlayer vod={asset.vod} poster={asset.poster} title={asset.title} />
        )}
        <div className="xl:col-start-2 xl:row-span-2 xl:row-start-1">
          {mayEdit ? <AssetEditor asset={asset} /> : <SaidCard asset={asset} />}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <AssetFacts asset={asset} />
          <RenditionTable renditions={asset.record.renditions} />
        </div>
      </div>
    </Page>
  );
}

/** What is said of an asset, for who may not change it. */
function SaidCard({ asset }: { asset: AssetDetail }) {
  const draft = draftOf(asset);
  const text = (field: (typeof FIELDS)[number]) => {
    const instant = field === "rights_from" || field === "rights_until" ? asset[field] : null;
    return instant === null ? draft[field] : when(instant);
  };
  return (
    <Card title="What is said of it">
      <dl className="flex flex-col gap-3 text-sm">
        {FIELDS.filter((field) => draft[field] !== "").map((field) => (
          <div key={field}>
            <dt className="text-muted">{LABELS[field]}</dt>
            <dd className="break-words whitespace-pre-wrap">{text(field)}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
