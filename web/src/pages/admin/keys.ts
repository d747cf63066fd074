/**
 * Under which keys what is known of the server is kept. The first word of each is the topic of the events that change
 * it, so that they are asked for anew by it; `all` of a topic is whatever begins with it.
 */
export const keys = {
  time: ["time"],
  health: ["health"],
  session: {
    options: ["session", "options"],
    link: (code: string) => ["session", "link", code],
  },
  account: { list: ["account", "list"], audit: ["account", "audit"] },
  token: { list: ["token", "list"] },
  webhook: { list: ["webhook", "list"], deliveries: (hook: string) => ["webhook", "deliveries", hook] },
  job: { all: ["job"], list: ["job", "list"] },
  asset: {
    all: ["asset"],
    lists: ["asset", "list"],
    list: (...sought: unknown[]) => ["asset", "list", ...sought],
    any: ["asset", "any"],
    one: (asset: string) => ["asset", "one", asset],
    places: (asset: string) => ["asset", "places", asset],
  },
  analytics: {
    now: (channel: string | null) => ["analytics", "now", channel],
    series: (channel: string, range: string) => ["analytics", "series", channel, range],
  },
  channel: {
    all: ["channel"],
    names: ["channel", "names"],
    list: ["channel", "list"],
    onNow: ["channel", "on now"],
    one: (channel: string) => ["channel", "one", channel],
    lineups: (channel: string) => ["channel", "lineups", channel],
    rules: (channel: string, version: number) => ["channel", "rules", channel, version],
    moments: (channel: string) => ["channel", "moments", channel],
    cohorts: (channel: string) => ["channel", "cohorts", channel],
    cohort: (channel: string, viewer: string) => ["channel", "cohort", channel, viewer],
    trail: (channel: string) => ["channel", "trail", channel],
    lastOfTrail: (channel: string) => ["channel", "last of trail", channel],
    viewers: (channel: string, prefix: string) => ["channel", "viewers", channel, prefix],
    viewer: (channel: string, viewer: string) => ["channel", "viewer", channel, viewer],
    profiles: ["channel", "profile"],
    profile: (channel: string, viewer: string) => ["channel", "profile", channel, viewer],
    explained: (channel: string, viewer: string, at: string | null) => ["channel", "explain", channel, viewer, at],
    day: (channel: string, viewer: string, fromMs: number, untilMs: number) =>
      ["channel", "day", channel, viewer, fromMs, untilMs] as const,
    edits: (channel: string, viewer: string | null) => ["channel", "edits", channel, viewer],
  },
  /** Of a change that is looked at before it is made: no event changes what was found, and each looks for itself. */
  dryRun: (id: string, ...of: unknown[]) => ["dry run", id, ...of],
};
