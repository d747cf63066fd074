import { useState } from "react";
import { useAttempt } from "../../../ui/useAttempt";

/** Something that is tried before it is applied: what was found, or what went wrong. */
export function useTrial<B, F>(ask: (body: B) => Promise<F>) {
  const [found, setFound] = useState<F | null>(null);
  const { busy, error, attempt } = useAttempt();
  return {
    found,
    error,
    busy,
    ask: (body: B) => attempt(async () => setFound(await ask(body))),
    forget: () => setFound(null),
  };
}
