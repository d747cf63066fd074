import { useEffect, useRef } from "react";
import { Link } from "wouter";

type TabsProps = { label: string; tabs: readonly { path: string; title: string }[]; at: string };

/** The parts of a page, each with an address of its own. */
export function Tabs({ label, tabs, at }: TabsProps) {
  const nav = useRef<HTMLElement>(null);
  // On a small screen they scroll sideways: the one that is shown is in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is another element after `at` has changed
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (nav.current && current) nav.current.scrollLeft = current.offsetLeft - nav.current.clientWidth / 3;
  }, [at]);
  return (
    <nav ref={nav} aria-label={label} className="-mx-4 overflow-x-auto border-b border-line px-4 lg:mx-0 lg:px-0">
      <ul className="flex">
        {tabs.map(({ path, title }) => (
          <li key={path}>
            <Link
              href={path}
              aria-current={path === at ? "page" : undefined}
              className="-mb-px flex min-h-10 items-center border-b-2 border-transparent px-4 text-sm font-medium whitespace-nowrap text-muted hover:text-ink aria-[current]:border-accent aria-[current]:text-ink"
            >
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
