import type { AcceptedPlugin, Root, Rule } from "postcss";

const REM_PX = 16;
const rem = /(?<![\w.])(\d*\.?\d+)rem\b/g;
const inPx = (text: string) => text.replace(rem, (_, n: string) => `${Number(n) * REM_PX}px`);

function isHost({ selectors, parent }: Rule): boolean {
  return parent?.type === "atrule" && selectors.some((one) => one === ":host");
}

/**
 * Makes Tailwind's styles those of a shadow tree on a page of somebody else's:
 * - 1rem would be as that page has it, and its rules for the host win over ours: lengths are in pixels, and what is
 *   meant for all of the tree is on the element `.frame` in it.
 * - @property has no effect in a shadow tree: the values that variables begin with are set by a rule, which Tailwind
 *   has for browsers without @property.
 */
export const shadowTree: AcceptedPlugin = {
  postcssPlugin: "shadow-tree",
  OnceExit(root: Root) {
    root.walkAtRules("property", (rule) => void rule.remove());
    let begun = 0;
    root.walkAtRules("layer", (layer) => {
      if (layer.params !== "properties") return;
      layer.walkAtRules("supports", (rule) => {
        begun += 1;
        rule.replaceWith(rule.nodes ?? []);
      });
    });
    if (begun !== 1) throw new Error("Tailwind gives its variables their values in another way: see vite.shadow.ts");
    root.walkRules((rule) => {
      if (isHost(rule)) rule.selector = ".frame";
    });
    root.walkDecls((one) => {
      one.value = inPx(one.value);
    });
    root.walkAtRules((rule) => {
      rule.params = inPx(rule.params);
    });
  },
};
