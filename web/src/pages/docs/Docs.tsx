import { useEffect, useMemo, useState } from "react";
import { Button } from "../../ui/Button";
import { Empty, Skeleton } from "../../ui/bits";
import { ErrorNote } from "../../ui/ErrorNote";
import { Logo } from "../../ui/Logo";
import { ThemeButton } from "../../ui/ThemeButton";
import { type Document, type Operation, operations } from "./described";
import { OperationCard } from "./OperationCard";

const PLACE = "/api/v1/openapi.json";

async function description(): Promise<Document> {
  const response = await fetch(PLACE);
  if (!response.ok) throw new Error(`the description of the API could not be read: status ${response.status}`);
  return response.json();
}

/** The API, as it describes itself. */
export function Docs() {
  const [document, setDocument] = useState<Document | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const [wanted, setWanted] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: each try is another
  useEffect(() => {
    description().then(setDocument, setError);
  }, [tries]);
  // The browser looked for the place in the address before there was anything.
  useEffect(() => {
    if (document !== null) window.document.getElementById(window.location.hash.slice(1))?.scrollIntoView();
  }, [document]);
  const all = useMemo(() => (document ? operations(document) : []), [document]);
  const found = useMemo(() => matching(all, wanted), [all, wanted]);
  const retry = () => {
    setError(null);
    setTries(tries + 1);
  };
  return (
    <div className="mx-auto max-w-7xl px-4 pb-16 sm:px-6">
      <header className="sticky top-0 z-10 flex min-h-16 flex-wrap items-center gap-4 bg-page py-2">
        <a href="/">
          <Logo />
        </a>
        <h1 className="text-sm text-muted">The API</h1>
        <input
          type="search"
          aria-label="Search the API"
          placeholder="Search"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
          className="order-last min-h-10 w-full rounded-lg border border-line bg-card px-3 text-sm sm:order-none sm:ml-auto sm:w-72"
        />
        <div className="ml-auto sm:ml-0">
          <ThemeButton />
        </div>
      </header>
      <Words />
      {error !== null && <ErrorNote error={error} action={<Button onClick={retry}>Try again</Button>} />}
      {document === null && error === null && <Loading />}
      {document !== null && <Tags found={found} narrowed={wanted !== ""} />}
    </div>
  );
}

function Words() {
  return (
    <p className="max-w-prose py-4 text-sm leading-relaxed">
      Everything the dashboard and the command line do, they do by this API. Ask it with the header{" "}
      <code>Authorization: Bearer TOKEN</code>; tokens are made in the dashboard, or by{" "}
      <code>streamsync token create</code>. Errors are <code>{'{"error": "a fact and the value"}'}</code>. For
      programs:{" "}
      <a className="text-accent underline" href={PLACE}>
        openapi.json
      </a>
      .
    </p>
  );
}

function Tags({ found, narrowed }: { found: Operation[]; narrowed: boolean }) {
  const tags = [...new Set(found.map((one) => one.tag))];
  const asked = window.location.hash.slice(1);
  if (found.length === 0) return <Empty title="Nothing is called that">Try a part of a path, such as “edits”.</Empty>;
  return (
    <div className="grid gap-8 lg:grid-cols-[12rem_1fr]">
      <nav aria-label="Kinds" className="top-20 flex flex-wrap gap-1 self-start lg:sticky lg:flex-col">
        {tags.map((tag) => (
          <a
            key={tag}
            href={`#tag-${tag}`}
            className="flex min-h-10 items-center rounded-lg px-3 text-sm hover:bg-raised"
          >
            {tag}
          </a>
        ))}
      </nav>
      <main className="flex min-w-0 flex-col gap-10">
        {tags.map((tag) => (
          <section key={tag} aria-label={tag} className="flex flex-col gap-2">
            <h2 id={`tag-${tag}`} className="scroll-mt-20 text-lg font-semibold">
              {tag}
            </h2>
            {found
              .filter((one) => one.tag === tag)
              .map((one) => (
                <OperationCard
                  key={one.id}
                  operation={one}
                  open={one.id === asked || (narrowed && found.length === 1)}
                />
              ))}
          </section>
        ))}
      </main>
    </div>
  );
}

function Loading() {
  return (
    <div className="flex flex-col gap-2" aria-hidden>
      {Array.from({ length: 8 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <Skeleton key={index} className="h-13" />
      ))}
    </div>
  );
}

function matching(all: Operation[], wanted: string): Operation[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (one: Operation) => `${one.method} ${one.path} ${one.summary} ${one.id} ${one.tag}`.toLowerCase();
  return all.filter((one) => words.every((word) => text(one).includes(word)));
}
