/**
 * Sessions in cookie mode: the access token lasts minutes, the refresh token works once. A 401 leads to one refresh,
 * however many calls failed and however many tabs are open: a second use of a refresh token would end the session.
 */

const stampKey = "fairlead.refreshed-at";
const lockName = "fairlead.refresh";

type Outcome = "refreshed" | "signed-out" | "failed";

let signedOut: () => void = () => undefined;
let running: Promise<Outcome> | null = null;

/** Says what happens when the session is over. One listener: the app's router. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

/** Sends a request; on 401 refreshes the session once and sends it again. */
export async function sendWithRefresh(request: Request): Promise<Response> {
  const again = request.clone();
  const before = stamp();
  const response = await fetch(request);
  if (response.status !== 401 || isSessionCall(request)) return response;
  const outcome = await refreshOnce(before);
  if (outcome === "refreshed") return fetch(again);
  if (outcome === "signed-out") signedOut();
  return response;
}

/** A wrong password is a 401 as well, and no reason to refresh. */
function isSessionCall(request: Request): boolean {
  const path = new URL(request.url).pathname;
  return path.endsWith("/session/refresh") || (path.endsWith("/session") && request.method === "POST");
}

function refreshOnce(before: string | null): Promise<Outcome> {
  running ??= exclusively(() => refresh(before)).finally(() => {
    running = null;
  });
  return running;
}

/** Runs one at a time over all tabs, where the browser can do that. */
async function exclusively(run: () => Promise<Outcome>): Promise<Outcome> {
  if (!("locks" in navigator)) return run();
  return navigator.locks.request(lockName, run);
}

async function refresh(before: string | null): Promise<Outcome> {
  // Another tab was faster: its cookies are ours too.
  if (stamp() !== before) return "refreshed";
  try {
    const response = await fetch(`${location.origin}/api/v1/session/refresh`, { method: "POST" });
    if (response.ok) {
      mark();
      return "refreshed";
    }
    return response.status === 401 || response.status === 403 ? "signed-out" : "failed";
  } catch {
    return "failed";
  }
}

function stamp(): string | null {
  try {
    return localStorage.getItem(stampKey);
  } catch {
    return null;
  }
}

function mark(): void {
  try {
    localStorage.setItem(stampKey, String(Date.now()));
  } catch {
    // Without storage each tab refreshes for itself.
  }
}
