import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, retainSearchParams } from '@tanstack/react-router';
import { ExploreFrame } from './ExploreFrame';
import { NotFound, PageError, PagePending } from './PageStates';
import { FOLLOWING_KEYS, parseSearch, stringifySearch } from './search';
import type { UrlSearch } from './search';
import { Shell } from './Shell';

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  validateSearch: (search: Record<string, unknown>): UrlSearch => search as UrlSearch,
  search: { middlewares: [retainSearchParams([...FOLLOWING_KEYS])] },
});

const home = createRoute({ getParentRoute: () => root, path: '/', component: lazyRouteComponent(() => import('../home/HomePage')) });
const explore = createRoute({ getParentRoute: () => root, path: '/explore', component: ExploreFrame });
const exploreIndex = createRoute({
  getParentRoute: () => explore,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/explore/metrics', search: (before: UrlSearch) => before, replace: true });
  },
});
const exploreMetrics = createRoute({ getParentRoute: () => explore, path: 'metrics', component: lazyRouteComponent(() => import('../metrics/MetricsExplore')) });
const exploreLogs = createRoute({ getParentRoute: () => explore, path: 'logs', component: lazyRouteComponent(() => import('../logs/LogsExplore')) });
const exploreTraces = createRoute({ getParentRoute: () => explore, path: 'traces', component: lazyRouteComponent(() => import('../traces/TracesExplore')) });
const trace = createRoute({ getParentRoute: () => root, path: '/trace/$traceId', component: lazyRouteComponent(() => import('../traces/TraceView')) });
const dashboards = createRoute({ getParentRoute: () => root, path: '/dashboards', component: lazyRouteComponent(() => import('../dashboards/list/DashboardsPage')) });
const dashboard = createRoute({ getParentRoute: () => root, path: '/dashboards/$uid', component: lazyRouteComponent(() => import('../dashboards/page/DashboardPage')) });
// Not /services: that address is Tempo's, on every port.
const services = createRoute({ getParentRoute: () => root, id: 'services', component: lazyRouteComponent(() => import('../services/ServicesFrame')) });
const serviceList = createRoute({ getParentRoute: () => services, path: '/service', component: lazyRouteComponent(() => import('../services/list/ServicesPage')) });
const serviceMap = createRoute({ getParentRoute: () => services, path: '/service-map', component: lazyRouteComponent(() => import('../services/map/MapPage')) });
const service = createRoute({ getParentRoute: () => root, path: '/service/$service', component: lazyRouteComponent(() => import('../services/page/ServicePage')) });
const operations = createRoute({ getParentRoute: () => root, id: 'operate', component: lazyRouteComponent(() => import('../operations/OperationsFrame')) });
const operationsIndex = createRoute({
  getParentRoute: () => root,
  path: '/operations',
  beforeLoad: () => {
    throw redirect({ to: '/data', search: (before: UrlSearch) => before, replace: true });
  },
});
const data = createRoute({ getParentRoute: () => operations, path: '/data', component: lazyRouteComponent(() => import('../data/DataPage')) });
const queries = createRoute({ getParentRoute: () => operations, path: '/operations/queries', component: lazyRouteComponent(() => import('../operations/QueriesPage')) });
const targets = createRoute({ getParentRoute: () => operations, path: '/operations/targets', component: lazyRouteComponent(() => import('../operations/TargetsPage')) });
const cost = createRoute({ getParentRoute: () => operations, path: '/operations/cost', component: lazyRouteComponent(() => import('../operations/CostPage')) });
const storage = createRoute({ getParentRoute: () => operations, path: '/operations/storage', component: lazyRouteComponent(() => import('../operations/StoragePage')) });
const status = createRoute({ getParentRoute: () => operations, path: '/operations/status', component: lazyRouteComponent(() => import('../operations/StatusPage')) });

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    explore.addChildren([exploreIndex, exploreMetrics, exploreLogs, exploreTraces]),
    trace,
    dashboards,
    dashboard,
    services.addChildren([serviceList, serviceMap]),
    service,
    operationsIndex,
    operations.addChildren([data, queries, targets, cost, storage, status]),
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPreloadDelay: 30,
  defaultPendingMs: 150,
  defaultPendingComponent: PagePending,
  defaultErrorComponent: PageError,
  scrollRestoration: true,
  scrollToTopSelectors: ['#content', '#explore-content'],
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
