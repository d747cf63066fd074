/** `<streamsync-player>`: the player on other people's pages. docs/embed.md says how it is used. */
import { createRoot, type Root } from "react-dom/client";
import { Refused } from "../api/client";
import type { WatchView } from "../api/schema";
import { clockOf } from "../pages/public/clock";
import { Backoff } from "../player/backoff";
import { createPlayer } from "../player/engine";
import type { Player, PlayerState, SyncReading } from "../player/types";
import { Embedded, type Shown } from "./Embedded";
import { guideOf, type Joining, join } from "./join";
import { NAMELESS, noServer, said } from "./said";
import styles from "./style.css?inline";

const OBSERVED = ["server", "channel", "token", "muted", "controls"] as const;

const isServer = (text: string) => /^https?:\/\//i.test(text) && URL.canParse(text);

class StreamsyncPlayer extends HTMLElement {
  static readonly observedAttributes: readonly string[] = OBSERVED;

  /** The player, when the server let it in. */
  player: Player | null = null;
  private root: Root | null = null;
  private shown: Shown = null;
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly backoff = new Backoff();
  private ends: (() => void)[] = [];

  connectedCallback(): void {
    this.build();
    void this.begin();
  }

  disconnectedCallback(): void {
    this.turn += 1;
    this.stop();
    this.root?.unmount();
    this.root = null;
    this.shadowRoot?.replaceChildren();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (this.root === null || before === after) return;
    if (name === "controls") this.show(this.shown);
    else if (name === "muted") this.player?.setMuted(after !== null);
    else void this.begin();
  }

  private build(): void {
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    shadow.adoptedStyleSheets = [sheet];
    const frame = document.createElement("div");
    frame.className = "frame";
    shadow.replaceChildren(frame);
    this.root = createRoot(frame);
  }

  private async begin(): Promise<void> {
    this.stop();
    const turn = ++this.turn;
    const channel = this.getAttribute("channel") ?? "";
    const server = (this.getAttribute("server") ?? "").replace(/\/+$/, "");
    if (channel === "") return this.show({ said: NAMELESS });
    if (server !== "" && !isServer(server)) return this.show({ said: noServer(server) });
    if (this.shown === null || "watching" in this.shown) this.show(null);
    const joining = { server, channel, token: this.getAttribute("token") };
    const askedMs = Date.now();
    try {
      const watch = await join(joining);
      if (turn !== this.turn) return;
      this.backoff.reset();
      const now = clockOf(watch.now_ms, askedMs, Date.now());
      const guide = (fromMs: number | null, limit: number) => guideOf(joining, fromMs, limit);
      this.show({ watching: { turn, watch, now, guide, make: this.maker(joining, watch) } });
    } catch (error) {
      if (turn === this.turn) this.refused(error, server);
    }
  }

  /** Makes the player of who was let in; once more, and it asks where the stream is now. */
  private maker(joining: Joining, watch: WatchView): (video: HTMLVideoElement) => Player {
    let first: string | null = watch.stream;
    return (video) => {
      this.forget();
      this.player = createPlayer(video, {
        server: joining.server,
        stream: async () => {
          const stream = first ?? (await join(joining)).stream;
          first = null;
          return stream;
        },
        timeshiftS: watch.timeshift_s,
        beganMs: watch.on_air_from === null ? null : Date.parse(watch.on_air_from),
        audience: { viewer: watch.viewer, channel: joining.channel, everyS: watch.beacon_s },
        muted: this.hasAttribute("muted"),
      });
      this.tellOf(this.player);
      return this.player;
    };
  }

  private tellOf(player: Player): void {
    const state = () => this.tell<PlayerState>("streamsync-state", player.state.get());
    const sync = () => this.tell<SyncReading>("streamsync-sync", player.sync.get());
    this.ends = [player.state.subscribe(state), player.sync.subscribe(sync)];
    state();
  }

  private refused(error: unknown, server: string): void {
    const refused = error instanceof Refused ? error : new Refused(String(error), 400);
    this.show({ said: said(refused, server) });
    const { status, retryAfterS } = refused;
    // What the page asks for wrongly does not become right by asking again.
    if (status >= 400 && status < 500 && status !== 404 && status !== 429) return;
    this.timer = setTimeout(() => void this.begin(), this.backoff.next(Math.random(), retryAfterS));
  }

  private tell<T>(name: string, detail: T): void {
    this.dispatchEvent(new CustomEvent<T>(name, { detail, bubbles: true, composed: true }));
  }

  private show(shown: Shown): void {
    this.shown = shown;
    this.root?.render(<Embedded shown={shown} controls={this.hasAttribute("controls")} />);
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.forget();
  }

  /** The player is ended by the view that it is in. */
  private forget(): void {
    for (const end of this.ends) end();
    this.ends = [];
    this.player = null;
  }
}

if (customElements.get("streamsync-player") === undefined)
  customElements.define("streamsync-player", StreamsyncPlayer);
