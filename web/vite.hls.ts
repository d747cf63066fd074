import { fileURLToPath } from "node:url";

// hls.js from its sources, without what our streams never have: its own build with these switches is 50 KB smaller.
const without = [
  "CONTENT_STEERING",
  "EME_DRM",
  "IFRAMES",
  "INTERSTITIALS",
  "M2TS_ADVANCED_CODECS",
  "MEDIA_CAPABILITIES",
  "VARIABLE_SUBSTITUTION",
];
const having = ["ALT_AUDIO", "CMCD", "SUBTITLES"];

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
