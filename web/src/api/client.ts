import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./schema";

/** A refusal of the API: what it says, and its HTTP status. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly retryAfterS: number | null = null,
    /** What is stored instead, where a change was refused because of a newer one. */
    readonly now: unknown = null,
  ) {
    super(message);
    this.name = "Refused";
  }
}

let csrf: string | null = null;

/** Which token changes are sent with from now on: the session's. */
export function setCsrf(token: string | null): void {
  csrf = token;
}

export function csrfToken(): string | null {
  return csrf;
}

let attended: () => boolean = () => true;

/** Whether somebody is there: what a page looks at while nobody is does not make a session last longer. */
export function onAttended(told: () => boolean): void {
  attended = told;
}

type Told = (status: 401 | 403) => void;
let refused: Told = () => undefined;

/** What to do when the session has ended (401), or may do less than was known (403): told by all but its own doors. */
export function onRefused(told: Told): void {
  refused = told;
}

async function refusal(response: Response): Promise<Refused> {
  const told: { error?: string; now?: unknown } = await response.json().catch(() => ({}));
  const wait = Number(response.headers.get("Retry-After"));
  const text = told.error ?? `the server answered ${response.status}`;
  return new Refused(text, response.status, Number.isFinite(wait) && wait > 0 ? wait : null, told.now ?? null);
}

const ours: Middleware = {
  onRequest({ request }) {
    if (!["GET", "HEAD"].includes(request.method)) {
      if (csrf !== null) request.headers.set("X-CSRF-Token", csrf);
    } else if (!attended()) request.headers.set("X-Unattended", "1");
    return request;
  },
  async onResponse({ response, schemaPath }) {
    const { status } = response;
    if ((status === 401 || status === 403) && !schemaPath.startsWith("/session")) refused(status);
    if (!response.ok) throw await refusal(response);
  },
  onError() {
    return new Refused("the server does not answer", 0);
  },
};

/** The API, typed from its own description. Whatever is refused is thrown, as `Refused`. */
export const api = createClient<paths>({
  baseUrl: "/api/v1",
  credentials: "same-origin",
  fetch: (asked) => fetch(asked),
});
api.use(ours);

/** What an answer holds. */
export async function answer<T>(asked: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data } = await asked;
  return data as T;
}
