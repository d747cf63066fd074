import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { chooseTheme, chosenTheme } from "./theme";

/** Show a page. Its own style.css is imported beside it. */
export function start(page: ReactNode): void {
  chooseTheme(chosenTheme());
  const root = document.getElementById("root");
  if (root === null) throw new Error("the page has no #root");
  createRoot(root).render(<StrictMode>{page}</StrictMode>);
}
