import {
  Captions,
  CaptionsOff,
  CircleQuestionMark,
  Maximize,
  Minimize,
  Pause,
  PictureInPicture2,
  Play,
  Radio,
  Settings2,
  SkipBack,
} from "lucide-react";
import { type RefObject, useCallback, useRef } from "react";
import type { About } from "./about";
import { ControlButton } from "./ControlButton";
import { choices } from "./choices";
import { useStore } from "./hooks";
import type { Command } from "./keys";
import { Menu } from "./Menu";
import { SeekBar } from "./SeekBar";
import { SyncBadge } from "./SyncBadge";
import type { Player } from "./types";
import { Volume } from "./Volume";

const ICON = { size: 22, "aria-hidden": true } as const;

type ControlsProps = {
  player: Player;
  about: About;
  video: RefObject<HTMLVideoElement | null>;
  act: (command: Command) => void;
  /** Told while a menu or the details are open. */
  onBusy: (busy: boolean) => void;
};

/** The bar under the picture. */
export function Controls({ player, about, video, act, onBusy }: ControlsProps) {
  const state = useStore(player.state);
  const groups = choices(player, state);
  const open = useRef({ menu: false, details: false });
  const tell = useCallback(
    (what: "menu" | "details", shown: boolean) => {
      open.current[what] = shown;
      onBusy(open.current.menu || open.current.details);
    },
    [onBusy],
  );
  const onMenu = useCallback((shown: boolean) => tell("menu", shown), [tell]);
  const onDetails = useCallback((shown: boolean) => tell("details", shown), [tell]);
  return (
    <div className="flex flex-col">
      <SeekBar player={player} about={about} />
      <div className="flex items-center gap-0.5">
        <ControlButton label={state.wanted ? "Pause" : "Play"} aria-keyshortcuts="k" onClick={() => act("play")}>
          {state.wanted ? <Pause {...ICON} fill="currentColor" /> : <Play {...ICON} fill="currentColor" />}
        </ControlButton>
        <StartOver player={player} about={about} />
        <Volume
          volume={state.volume}
          muted={state.muted}
          onVolume={(volume) => player.setVolume(volume)}
          onMuted={(muted) => player.setMuted(muted)}
        />
        <SyncBadge player={player} video={video} onOpen={onDetails} />
        <GoLive behind={state.mode === "shifted" || !state.wanted} started={state.started} act={act} />
        <span className="grow" />
        {state.subtitles.length > 0 && (
          <ControlButton
            label={state.subtitle === null ? "Subtitles on" : "Subtitles off"}
            aria-keyshortcuts="c"
            className="@max-md:hidden"
            onClick={() => act("subtitles")}
          >
            {state.subtitle === null ? <CaptionsOff {...ICON} /> : <Captions {...ICON} />}
          </ControlButton>
        )}
        <ControlButton
          label="Keys of the player"
          aria-keyshortcuts="?"
          className="pointer-coarse:hidden @max-md:hidden"
          onClick={() => act("help")}
        >
          <CircleQuestionMark {...ICON} />
        </ControlButton>
        {groups.length > 0 && (
          <Menu label="Quality and languages" icon={<Settings2 {...ICON} />} groups={groups} onOpen={onMenu} />
        )}
        {state.canPictureInPicture && (
          <ControlButton
            label={state.pictureInPicture ? "Leave picture in picture" : "Picture in picture"}
            aria-keyshortcuts="i"
            className="@max-md:hidden"
            onClick={() => act("pip")}
          >
            <PictureInPicture2 {...ICON} />
          </ControlButton>
        )}
        {state.canFullscreen && (
          <ControlButton
            label={state.fullscreen ? "Leave full screen" : "Full screen"}
            aria-keyshortcuts="f"
            onClick={() => act("full")}
          >
            {state.fullscreen ? <Minimize {...ICON} /> : <Maximize {...ICON} />}
          </ControlButton>
        )}
      </div>
    </div>
  );
}

/** To the beginning of what is on, where time shift reaches it. */
function StartOver({ player, about }: { player: Player; about: About }) {
  const range = player.seekable();
  const startsMs = about.on === null ? Number.NaN : Date.parse(about.on.starts);
  if (range === null || !(startsMs >= range.fromMs)) return null;
  return (
    <ControlButton label={`Start over: ${about.on?.title}`} onClick={() => player.startOver(startsMs)}>
      <SkipBack size={22} aria-hidden />
    </ControlButton>
  );
}

type GoLiveProps = { behind: boolean; started: boolean; act: (command: Command) => void };

function GoLive({ behind, started, act }: GoLiveProps) {
  if (!behind || !started) return null;
  return (
    <button
      type="button"
      aria-keyshortcuts="l"
      onClick={() => act("live")}
      className="group inline-flex min-h-10 shrink-0 items-center rounded-full"
    >
      <span className="inline-flex min-h-8 items-center gap-1.5 rounded-full bg-white px-3 text-xs font-semibold text-black group-hover:bg-white/85">
        <Radio size={14} aria-hidden />
        Go live
      </span>
    </button>
  );
}
