import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "../../../ui/Button";

/** Something that is told once: to be copied now. */
export function Secret({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm font-medium">{label}</p>
      <div className="flex items-start gap-2">
        <code className="min-w-0 grow rounded-lg bg-raised p-3 text-xs break-all select-all">{text}</code>
        <Button onClick={copy} aria-label={copied ? "Copied" : `Copy: ${label}`}>
          {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
        </Button>
      </div>
      <p role="status" className="text-sm text-muted">
        {copied ? "It is in the clipboard." : "It is shown this once: copy it now."}
      </p>
    </div>
  );
}
