/**
 * Where to go after sign-in: the page that was asked for, if it is one of ours. Everything else becomes "/", so that a
 * prepared link cannot send a person from our sign-in to another site.
 */
export function safeNext(next: string | undefined, origin = location.origin): string {
  if (!next?.startsWith("/") || /^\/[/\\]/.test(next)) return "/";
  let url: URL;
  try {
    url = new URL(next, origin);
  } catch {
    return "/";
  }
  if (url.origin !== origin || url.pathname === "/sign-in" || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search + url.hash;
}
