import type { Schemas } from "./client";

/** What a failed call throws: the hub's own words (RFC 9457), or `null` when no answer came at all. */
export class ApiError extends Error {
  readonly problem: Schemas["Problem"] | null;
  readonly at = new Date();

  constructor(problem: Schemas["Problem"] | null, options?: ErrorOptions) {
    super(problem?.detail ?? "no answer from the hub", options);
    this.name = "ApiError";
    this.problem = problem;
  }

  get status(): number {
    return this.problem?.status ?? 0;
  }

  /** The message for one field of the body, for example `name`; undefined if the hub said nothing of it. */
  fieldMessage(field: string): string | undefined {
    return this.problem?.errors?.find((e) => e.location === `body.${field}`)?.message;
  }
}

/** Makes an ApiError of whatever came back with a failing status; a proxy in between may answer with something else. */
export function problemOf(body: unknown, response: Response): ApiError {
  if (typeof body === "object" && body !== null && "detail" in body && typeof body.detail === "string") {
    return new ApiError({
      title: response.statusText,
      code: "unknown",
      requestId: response.headers.get("x-request-id") ?? "",
      ...body,
      detail: body.detail,
      status: response.status,
    });
  }
  return new ApiError({
    title: response.statusText,
    status: response.status,
    code: "unknown",
    detail: "",
    requestId: response.headers.get("x-request-id") ?? "",
  });
}
