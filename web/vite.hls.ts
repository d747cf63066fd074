import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

// hls.js from its sources, without what our streams never have: its own build with these switches is 50 KB smaller.
const without = [
  "EME_DRM",
  "IFRAMES",
  "INTERSTITIALS",
  "M2TS_ADVANCED_CODECS",
  "MEDIA_CAPABILITIES",
  "VARIABLE_SUBSTITUTION",
];
const having = ["ALT_AUDIO", "CMCD", "CONTENT_STEERING", "SUBTITLES"];

export const hlsDefines: Record<string, string> = {
  __VERSION__: JSON.stringify("1.7.4"),
  __IN_WORKER__: "false",
  __HLS_WORKER_BUNDLE__: "undefined",
  ...Object.fromEntries(without.map((name) => [`__USE_${name}__`, "false"])),
  ...Object.fromEntries(having.map((name) => [`__USE_${name}__`, "true"])),
};

export const hlsSource = [
  { find: /^hls\.js$/, replacement: fileURLToPath(new URL("./node_modules/hls.js/src/hls.ts", import.meta.url)) },
];

const listed = /\{ demux: (?:TS|AAC|MP3)Demuxer, remux: MP4Remuxer \},/g;
const imported = /^import (?:(?:TS|AAC|MP3)Demuxer|MP4Remuxer) from .*;$/gm; // they count as used: some have effects

/** Browsers are given fMP4 alone: without what takes MPEG-TS, AAC and MP3 apart, hls.js is a tenth smaller. */
export const hlsOfFmp4: Plugin = {
  name: "hls-of-fmp4",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith("/hls.js/src/demux/transmuxer.ts")) return null;
    if (code.match(listed)?.length !== 3 || code.match(imported)?.length !== 4)
      throw new Error("hls.js lists its demuxers in another way: see vite.hls.ts");
    return code.replace(listed, "").replace(imported, "");
  },
};
