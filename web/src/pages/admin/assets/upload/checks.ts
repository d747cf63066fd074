/** What can be told of a file before a byte of it is sent. Pure. */

import { bytes } from "../../words";

const SIZE_LIMIT = 2 * 2 ** 40; // as the server's
const NAME_LIMIT = 255;
const OTHER_KINDS = /^(text|image|font|model)\//;
const OTHER_TYPES =
  /pdf|zip|compressed|gzip|rar|tar|msword|officedocument|json|xml|javascript|executable|x-sh|sqlite/;
// Names that browsers know nothing of, or something else.
const VIDEO_NAMES = /\.(3gp|asf|avi|dv|flv|m2ts|m2v|m4v|mkv|mov|mp4|mpe?g|mts|mxf|nut|ogv|ts|vob|webm|wmv|y4m)$/i;

/** Why a file cannot be uploaded, and what to do; null if it may be. What is in it, packaging finds out. */
export function refusalOf({ name, size, type }: { name: string; size: number; type: string }): string | null {
  if (size === 0) return "The file is empty. Is it still being copied, or a folder?";
  if (size > SIZE_LIMIT) return `The file has ${bytes(size)}; at most ${bytes(SIZE_LIMIT)} can be uploaded.`;
  if ([...name].length > NAME_LIMIT) return `The file's name is longer than ${NAME_LIMIT} characters. Rename it.`;
  if (!VIDEO_NAMES.test(name) && (OTHER_KINDS.test(type) || OTHER_TYPES.test(type))) {
    return `This is no video (${type}). Choose a file such as MP4, MOV, MKV or MXF.`;
  }
  return null;
}
