/** Twirp's errors: a code, a message, a few strings beside them, and the HTTP status they travel in. */

/** Twirp specification v7, "Error Codes". */
const HTTP_STATUS = {
  canceled: 408,
  unknown: 500,
  invalid_argument: 400,
  malformed: 400,
  deadline_exceeded: 408,
  not_found: 404,
  bad_route: 404,
  already_exists: 409,
  permission_denied: 403,
  unauthenticated: 401,
  resource_exhausted: 429,
  failed_precondition: 412,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  dataloss: 500,
} as const;

export type TwirpCode = keyof typeof HTTP_STATUS;

export class ApiError extends Error {
  readonly code: TwirpCode;
  readonly meta: Readonly<Record<string, string>> | undefined;
  /** Whether it comes from a service behind the API server, which may put words in front of it. */
  readonly isFromBehind: boolean;

  constructor(
    code: TwirpCode,
    message: string,
    meta?: Readonly<Record<string, string>>,
    isFromBehind = false,
  ) {
    super(message);
    this.name = 'TwirpError';
    this.code = code;
    this.meta = meta;
    this.isFromBehind = isFromBehind;
  }

  get httpStatus(): number {
    return HTTP_STATUS[this.code];
  }

  /**
   * The body as Go's encoding/json writes it: no blanks, sorted meta, `<`, `>` and `&` escaped.
   * @param wrapper the words that the API server puts in front of what comes from behind it
   */
  toBody(wrapper: string): string {
    const msg = this.isFromBehind ? wrapper + this.message : this.message;
    const meta = this.meta && Object.fromEntries(Object.entries(this.meta).sort(byKey));
    return JSON.stringify({ code: this.code, msg, meta }).replace(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  }
}

/** A failure of a service behind LiveKit's API server. */
export function errorFromBehind(
  code: TwirpCode,
  message: string,
  meta?: Readonly<Record<string, string>>,
): ApiError {
  return new ApiError(code, message, meta, true);
}

function byKey([left]: [string, string], [right]: [string, string]): number {
  return left < right ? -1 : 1;
}

/** LiveKit answers the same for a room that is not there. */
export function noSuchParticipant(): ApiError {
  return errorFromBehind('not_found', 'participant does not exist');
}
