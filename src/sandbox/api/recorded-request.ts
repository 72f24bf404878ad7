/** One request to the sandbox's Twirp API, as tests look at it. */
export interface RecordedRequest {
  /** When it arrived, ISO 8601. */
  time: string;
  /** Service and method, `SIP/TransferSIPParticipant`. */
  method: string;
  /** Whether a method like this changes anything on the server. */
  mutating: boolean;
  /** The decoded request with proto field names, unset fields left out; null when undecodable. */
  body: unknown;
  /** The HTTP status of the answer; 0 while there is none. */
  status: number;
}
