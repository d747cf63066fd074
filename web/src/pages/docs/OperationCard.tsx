import { Check, Copy } from "lucide-react";
import { type ReactNode, useState } from "react";
import { IconButton } from "../../ui/Button";
import { Badge, type Tone } from "../../ui/bits";
import { classes } from "../../ui/classes";
import { type Answer, type Operation, type Shown, typeName } from "./described";

const TONES: Record<string, Tone> = { GET: "good", POST: "accent", PUT: "warn", PATCH: "warn", DELETE: "bad" };

/** One operation: closed it is a line, open it has parameters, body, answers and a command to copy. */
export function OperationCard({ operation, open }: { operation: Operation; open: boolean }) {
  const { id, method, path, summary, description, parameters, body, answers, curl } = operation;
  return (
    <details id={id} open={open} className="scroll-mt-32 rounded-card sm:scroll-mt-20 border border-line bg-card">
      <summary className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3">
        <Badge tone={TONES[method] ?? "plain"}>{method}</Badge>
        <code className="min-w-0 break-all text-sm">{path}</code>
        <span className="basis-full text-sm text-muted lg:ml-auto lg:basis-auto">{summary}</span>
      </summary>
      <div className="flex flex-col gap-5 border-t border-line p-4">
        {description && <p className="text-sm whitespace-pre-line">{description}</p>}
        {operation.open && <p className="text-sm text-muted">Open to all: it needs no token.</p>}
        <Example text={curl} label="As a command" />
        {parameters.length > 0 && (
          <Part title="Parameters">
            <Fields
              fields={parameters.map((one) => ({
                name: one.name,
                type: `${one.in}, ${one.schema ? typeName(one.schema) : "string"}`,
                required: one.required ?? false,
                description: one.description ?? "",
              }))}
            />
          </Part>
        )}
        {body && (
          <Part title={`Body (${body.form})`}>
            <Body shown={body} />
          </Part>
        )}
        <Part title="Answers">
          <div className="flex flex-col gap-2">
            {answers.map((one) => (
              <AnswerLine key={one.status} answer={one} />
            ))}
          </div>
        </Part>
      </div>
    </details>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-sm font-semibold">{title}</h3>
      {children}
    </section>
  );
}

function AnswerLine({ answer: { status, description, body } }: { answer: Answer }) {
  const tone = status.startsWith("2") ? "good" : status.startsWith("5") ? "bad" : "warn";
  const line = (
    <>
      <Badge tone={tone}>{status}</Badge> <span className="text-sm">{description}</span>
    </>
  );
  if (body === null) return <p className="px-1 py-1">{line}</p>;
  return (
    <details open={status.startsWith("2")} className="rounded-lg border border-line px-3 py-2">
      <summary className="min-h-6">{line}</summary>
      <div className="pt-3">
        <Body shown={body} />
      </div>
    </details>
  );
}

function Body({ shown }: { shown: Shown }) {
  return (
    <div className="flex flex-col gap-3">
      {shown.examples.map((one) => (
        <Example key={one} text={one} label="Example" />
      ))}
      {shown.fields.length > 0 && <Fields fields={shown.fields} />}
    </div>
  );
}

function Fields({ fields }: { fields: { name: string; type: string; required: boolean; description: string }[] }) {
  return (
    <dl className="divide-y divide-line rounded-lg border border-line text-sm">
      {fields.map(({ name, type, required, description }) => (
        <div key={`${name} ${type}`} className="grid gap-x-4 px-3 py-2 sm:grid-cols-[minmax(8rem,14rem)_1fr]">
          <dt className="min-w-0 break-words">
            <code className="font-semibold">{name}</code>
            {required && <span className="text-bad"> required</span>}
          </dt>
          <dd className="min-w-0 break-words">
            <span className="text-muted">{type}</span>
            {description && <span className="block">{description}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Example({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <figure className="relative">
      <figcaption className="sr-only">{label}</figcaption>
      {/* It scrolls, so it can be reached by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls takes the focus (WCAG 2.1.1) */}
      <pre tabIndex={0} className="max-h-96 overflow-auto rounded-lg bg-raised p-3 pr-12 text-xs leading-relaxed">
        {text}
      </pre>
      <IconButton
        label={copied ? "Copied" : `Copy: ${label}`}
        className={classes("absolute top-1 right-1 bg-raised", copied && "text-good")}
        onClick={async () => {
          await navigator.clipboard.writeText(text);
          setCopied(true);
        }}
      >
        {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
      </IconButton>
    </figure>
  );
}
