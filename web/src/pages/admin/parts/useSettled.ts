import { useEffect, useState } from "react";

const TYPED_MS = 250;

/** A value once it has stayed the same for a moment: what was typed, say. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const typed = setTimeout(() => setSettled(value), TYPED_MS);
    return () => clearTimeout(typed);
  }, [value]);
  return settled;
}
