import { useState } from "react";

/** Something that is tried before it is applied: what was found, or what went wrong. */
export function useTrial<B, F>(attempt: (body: B) => Promise<F>) {
  const [found, setFound] = useState<F | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const ask = async (body: B) => {
    setBusy(true);
    setError(null);
    try {
      setFound(await attempt(body));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return { found, error, busy, ask, forget: () => setFound(null) };
}
