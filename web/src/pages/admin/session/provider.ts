// What /admin is told when a sign-in by the OpenID provider did not work (docs/accounts.md).
const WORDS: Record<string, string> = {
  refused: "The provider did not let you in. Try again, or ask an owner.",
  expired: "The sign-in took too long, or was begun in another browser. Try again.",
  "no-role": "The provider knows you, but gives you no role here. Ask an owner.",
  disabled: "This account is disabled. Ask an owner.",
  taken: "An account with a password has your name. Ask an owner to rename it, or sign in with the password.",
  busy: "Too many attempts from where you are. Try again in a quarter of an hour.",
  away: "The provider, or the catalogue, does not answer. Try again a little later.",
};

/** Why a sign-in by the provider did not work, from the query of the address; null if nothing is said of it. */
export function providerTold(search: string): string | null {
  const code = new URLSearchParams(search).get("oidc");
  return code === null ? null : (WORDS[code] ?? "The sign-in by the provider did not work. Try again.");
}
