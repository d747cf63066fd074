import { deedText, type Line, whoText } from "./trail";

/** An entry of the audit trail: a sentence, and behind it what is kept. */
export function TrailText({ line, channel }: { line: Line & { why: string }; channel: string | null }) {
  const { who, verb, text, why } = line;
  return (
    <div className="min-w-0 break-words">
      <p>
        <b className="font-medium">{whoText(who)}</b> {deedText(line, channel)}
      </p>
      {why && <p>“{why}”</p>}
      <details className="text-muted">
        <summary className="w-fit rounded py-1 text-xs hover:text-ink">Details</summary>
        <p>
          {who}: {verb}
        </p>
        <p>{text}</p>
      </details>
    </div>
  );
}
