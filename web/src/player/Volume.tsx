import { Volume1, Volume2, VolumeX } from "lucide-react";
import { ControlButton } from "./ControlButton";

type VolumeProps = {
  /** From 0 to 1. */
  volume: number;
  muted: boolean;
  onVolume: (volume: number) => void;
  onMuted: (muted: boolean) => void;
};

/** Mute and loudness. A phone has keys of its own for loudness, so the slider is for wider screens. */
export function Volume({ volume, muted, onVolume, onMuted }: VolumeProps) {
  const heard = muted ? 0 : volume;
  const Icon = heard === 0 ? VolumeX : heard < 0.5 ? Volume1 : Volume2;
  const percent = Math.round(heard * 100);
  return (
    <div className="flex items-center">
      <ControlButton label={heard === 0 ? "Unmute" : "Mute"} aria-keyshortcuts="m" onClick={() => onMuted(heard > 0)}>
        <Icon size={22} aria-hidden />
      </ControlButton>
      <input
        type="range"
        min={0}
        max={100}
        step={5}
        value={percent}
        aria-label="Volume"
        aria-valuetext={`${percent} %`}
        onChange={(event) => onVolume(Number(event.target.value) / 100)}
        className="h-10 w-20 cursor-pointer accent-white @max-lg:hidden"
      />
    </div>
  );
}
