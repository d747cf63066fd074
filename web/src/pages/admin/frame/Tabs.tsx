import { Link } from "wouter";

type TabsProps = { label: string; tabs: readonly { path: string; title: string }[]; at: string };

/** The parts of a page, each with an address of its own. */
export function Tabs({ label, tabs, at }: TabsProps) {
  return (
    <nav aria-label={label} className="-mx-4 overflow-x-auto border-b border-line px-4 lg:mx-0 lg:px-0">
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
