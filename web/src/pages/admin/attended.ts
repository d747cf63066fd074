/** After how long without a hand on it a page is taken to be left open. */
export const LEFT_MS = 5 * 60_000;

const SIGNS = ["pointerdown", "pointermove", "wheel", "keydown", "focus"] as const;

/** Tells from now on whether somebody has touched this page of late. */
export function attendance(): () => boolean {
  let touchedAt = performance.now();
  for (const sign of SIGNS) {
    addEventListener(
      sign,
      () => {
        touchedAt = performance.now();
      },
      { capture: true, passive: true },
    );
  }
  return () => performance.now() - touchedAt < LEFT_MS;
}
