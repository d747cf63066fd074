import type { ChoiceGroup } from "./Menu";
import type { Level, Player, PlayerState, Track } from "./types";

const NONE = -1; // automatic, or off

const rate = ({ bitrateKbps }: Level) =>
  bitrateKbps < 1000 ? `${Math.round(bitrateKbps)} kbit/s` : `${(bitrateKbps / 1000).toFixed(1)} Mbit/s`;

const named = ({ index, name }: Track) => ({ value: index, label: name });

/** What a viewer may choose, by groups; a group of which there is but one is left out. */
export function choices(player: Player, state: PlayerState): ChoiceGroup[] {
  const { levels, chosenLevel, shownLevel, audioTracks, audio, subtitles, subtitle } = state;
  const groups: ChoiceGroup[] = [];
  if (levels.length > 1)
    groups.push({
      label: "Quality",
      chosen: chosenLevel ?? NONE,
      onChoose: (index) => player.chooseLevel(index === NONE ? null : index),
      choices: [
        { value: NONE, label: "Automatic", ...(shownLevel && { hint: `${shownLevel.height}p` }) },
        ...[...levels]
          .sort((a, b) => b.height - a.height || b.bitrateKbps - a.bitrateKbps)
          .map((level) => ({ value: level.index, label: `${level.height}p`, hint: rate(level) })),
      ],
    });
  if (audioTracks.length > 1)
    groups.push({
      label: "Audio",
      chosen: audio ?? NONE,
      onChoose: (index) => player.chooseAudio(index),
      choices: audioTracks.map(named),
    });
  if (subtitles.length > 0)
    groups.push({
      label: "Subtitles",
      chosen: subtitle ?? NONE,
      onChoose: (index) => player.chooseSubtitles(index === NONE ? null : index),
      choices: [{ value: NONE, label: "Off" }, ...subtitles.map(named)],
    });
  return groups;
}
