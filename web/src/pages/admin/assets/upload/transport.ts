import { answer, api, Refused } from "../../../../api/client";
import type { PartTarget } from "../../../../api/schema";
import { PartRefused, type Transport } from "./send";

const STALLED_MS = 60_000; // in which not a byte of a part got through

/** Sends by the API, and parts to wherever it says. */
export const transport: Transport = {
  begin: (file, fingerprint, signal) =>
    answer(
      api.POST("/uploads", { body: { name: file.name, size_bytes: file.size, fingerprint, priority: 5 }, signal }),
    ),
  target: async (upload, part, signal) => {
    const asked = api.POST("/uploads/{upload}/parts", {
      params: { path: { upload } },
      body: { parts: [part] },
      signal,
    });
    const [target] = (await answer(asked)).parts;
    if (target === undefined) throw new Error("the server names no place for a part");
    return target;
  },
  put,
  complete: (upload, sha256, signal) =>
    answer(api.POST("/uploads/{upload}/complete", { params: { path: { upload } }, body: { sha256 }, signal })),
};

/** By XMLHttpRequest, as fetch does not tell how much was sent. */
function put(target: PartTarget, body: Blob, sent: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const stalled = () => {
      reject(new Refused("the upload has stalled", 0));
      request.abort();
    };
    let watch = setTimeout(stalled, STALLED_MS);
    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(watch);
      watch = setTimeout(stalled, STALLED_MS);
      sent(Math.min(loaded, body.size));
    };
    request.onloadend = () => {
      clearTimeout(watch);
      signal.removeEventListener("abort", abort);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(refusal(request, target));
    };
    request.onerror = () => reject(new Refused(unreached(target), 0));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    request.open("PUT", target.url);
    for (const [name, value] of Object.entries(target.headers)) request.setRequestHeader(name, value);
    request.send(body);
  });
}

function refusal({ status, responseText }: XMLHttpRequest, target: PartTarget): Error {
  if (status >= 500 || status === 429) return new Refused(`the store answered ${status}`, 503);
  let said = "";
  try {
    said = (JSON.parse(responseText) as { error?: string }).error ?? "";
  } catch {
    // S3 answers in XML, of which the code says what it is.
    said = /<Code>([^<]{1,100})/.exec(responseText)?.[1] ?? "";
  }
  return new PartRefused(`part ${target.number} was refused (${status}${said && `: ${said}`})`);
}

function unreached({ url }: PartTarget): string {
  if (url.startsWith("/")) return "the server does not answer";
  const { host } = new URL(url);
  return `the store ${host} does not answer; it has to allow PUT from this page (CORS: docs/objects.md)`;
}
