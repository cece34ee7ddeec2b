import createClient from "openapi-fetch";
import { ApiError, problemOf } from "./problem";
import { sendWithRefresh } from "./refresh";
import type { components, paths } from "./schema.gen";

export type Schemas = components["schemas"];

/** The base address of the API; absolute, because Request wants it outside of browsers too. */
export const apiBase = `${location.origin}/api/v1`;

/** The typed client. Cookies carry the session; a 401 is answered by one refresh (see refresh.ts). */
export const client = createClient<paths>({ baseUrl: apiBase, fetch: sendWithRefresh });

/** Awaits a call of the client and returns its data, or throws an ApiError. */
export async function answerOf<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let result;
  try {
    result = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(null, { cause });
  }
  if (!result.response.ok) throw problemOf(result.error, result.response);
  return result.data as T;
}
