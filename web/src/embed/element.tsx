/** `<streamsync-player>`: the player on other people's pages. docs/embed.md says how it is used. */
import { Refused } from "../api/client";
import { Backoff } from "../player/backoff";
import { createPlayer } from "../player/engine";
import type { Player, PlayerState, SyncReading } from "../player/types";
import styles from "./element.css?inline";
import { join } from "./join";

const OBSERVED = ["server", "channel", "token", "muted", "controls"] as const;

class StreamsyncPlayer extends HTMLElement {
  static readonly observedAttributes: readonly string[] = OBSERVED;

  /** The player, when the server let it in. */
  player: Player | null = null;
  private video: HTMLVideoElement | null = null;
  private note: HTMLElement | null = null;
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly backoff = new Backoff();
  private ends: (() => void)[] = [];

  connectedCallback(): void {
    this.build();
    void this.begin();
  }

  disconnectedCallback(): void {
    this.leave();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (this.video === null || before === after) return;
    if (name === "controls") this.video.controls = after !== null;
    else if (name === "muted") this.player?.setMuted(after !== null);
    else void this.begin();
  }

  private build(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    const [video, note] = [document.createElement("video"), document.createElement("p")];
    note.setAttribute("role", "status");
    video.controls = this.hasAttribute("controls");
    root.replaceChildren(video, note);
    [this.video, this.note] = [video, note];
  }

  private async begin(): Promise<void> {
    this.stop();
    const turn = ++this.turn;
    const channel = this.getAttribute("channel") ?? "";
    const server = (this.getAttribute("server") ?? "").replace(/\/+$/, "");
    const joining = { server, channel, token: this.getAttribute("token") };
    if (channel === "") {
      this.say('Name a channel: <streamsync-player channel="main">.');
      return;
    }
    try {
      const watch = await join(joining);
      if (turn !== this.turn || this.video === null) return;
      this.backoff.reset();
      let first: string | null = watch.stream;
      this.player = createPlayer(this.video, {
        server,
        stream: async () => {
          const stream = first ?? (await join(joining)).stream;
          first = null;
          return stream;
        },
        timeshiftS: watch.timeshift_s,
        beganMs: watch.on_air_from === null ? null : Date.parse(watch.on_air_from),
        audience: { viewer: watch.viewer, channel, everyS: watch.beacon_s },
        muted: this.hasAttribute("muted"),
      });
      this.tellOf(this.player);
    } catch (error) {
      if (turn === this.turn) this.refused(error);
    }
  }

  private tellOf(player: Player): void {
    const state = () => {
      this.tell<PlayerState>("streamsync-state", player.state.get());
      const { notice, problem } = player.state.get();
      const said = problem ?? notice;
      this.say(said === null ? "" : `${said.message} ${said.advice}`);
    };
    const sync = () => this.tell<SyncReading>("streamsync-sync", player.sync.get());
    this.ends = [player.state.subscribe(state), player.sync.subscribe(sync)];
    state();
  }

  private refused(error: unknown): void {
    const { message, status, retryAfterS } = error instanceof Refused ? error : new Refused(String(error), 0);
    this.say(message);
    // What the page asks for wrongly does not become right by asking again.
    if (status >= 400 && status < 500 && status !== 404 && status !== 429) return;
    this.timer = setTimeout(() => void this.begin(), this.backoff.next(Math.random(), retryAfterS));
  }

  private say(text: string): void {
    if (this.note === null) return;
    this.note.textContent = text;
    this.note.hidden = text === "";
  }

  private tell<T>(name: string, detail: T): void {
    this.dispatchEvent(new CustomEvent<T>(name, { detail, bubbles: true, composed: true }));
  }

  private stop(): void {
    clearTimeout(this.timer);
    for (const end of this.ends) end();
    this.ends = [];
    this.player?.destroy();
    this.player = null;
  }

  private leave(): void {
    this.turn += 1;
    this.stop();
    this.shadowRoot?.replaceChildren();
    this.video = null;
    this.note = null;
  }
}

if (customElements.get("streamsync-player") === undefined)
  customElements.define("streamsync-player", StreamsyncPlayer);
