import { type ComponentType, type LazyExoticComponent, lazy, Suspense } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { Empty } from "../../ui/bits";
import { Boundary } from "./frame/Boundary";
import { PageSkeleton } from "./frame/Starting";

type Page = LazyExoticComponent<ComponentType>;

// Each is loaded when it is opened. A page takes its parameters by `useParams`.
const PAGES: Record<string, Page> = {
  "/live": lazy(() => import("./live/LivePage")),
  "/assets": lazy(() => import("./assets/AssetsPage")),
  "/assets/:asset": lazy(() => import("./assets/AssetPage")),
  "/channels": lazy(() => import("./channels/ChannelsPage")),
  "/channels/:channel/:tab?": lazy(() => import("./channels/ChannelPage")),
  "/viewers/:viewer?": lazy(() => import("./viewers/ViewersPage")),
  "/analytics": lazy(() => import("./analytics/AnalyticsPage")),
  "/health": lazy(() => import("./health/HealthPage")),
  "/accounts": lazy(() => import("./accounts/AccountsPage")),
  "/tokens": lazy(() => import("./tokens/TokensPage")),
  "/webhooks": lazy(() => import("./webhooks/WebhooksPage")),
  "/audit": lazy(() => import("./audit/AuditPage")),
};

/** The page of the address. What fails in one is told in its place, and the frame stays. */
export function Routes() {
  const [path] = useLocation();
  return (
    <Boundary key={path.split("/").slice(0, 3).join("/")}>
      <Suspense fallback={<PageSkeleton />}>
        <Switch>
          <Route path="/">
            <Redirect to="/live" replace />
          </Route>
          {Object.entries(PAGES).map(([path, Page]) => (
            <Route key={path} path={path}>
              <Page />
            </Route>
          ))}
          <Route>
            <Empty title="There is no such page">Choose one from the menu.</Empty>
          </Route>
        </Switch>
      </Suspense>
    </Boundary>
  );
}
