/**
 * What LiveKit checks of a transfer's address and headers before any REFER; everything else it
 * writes into the SIP request as it came (Validate and ValidateHeaderName in LiveKit's protocol).
 */
import { TwirpError } from './twirp-error.ts';

const SCHEME = /^<?(?:sips?|tel):/;
const TOKEN_CHARACTER = /[0-9A-Za-z\-.!%*_+`'~]/;
/** Header values: printable ASCII, TAB, and anything beyond ASCII. */
const VALUE_CHARACTER = /[\t\x20-\x7e\u0080-\u{10ffff}]/u;

const RESERVED_HEADERS = new Set(
  `accept accept-encoding accept-language allow allow-events call-id contact content-encoding
  content-length content-type cseq event expires from max-forwards record-route refer-to reply-to
  k l m o r t u v`.split(/\s+/),
);

/** @throws TwirpError `invalid_argument` */
export function checkTransferTo(transferTo: string): void {
  if (transferTo === '') throw invalid('missing transfer to');
  if (!SCHEME.test(transferTo)) {
    throw invalid('transfer_to must be a valid SIP(s) or TEL URI (sip:, sips: or tel:)');
  }
}

/** @throws TwirpError `invalid_argument` */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    const fault = faultOfName(name);
    if (fault !== null) throw invalid(`invalid header name: ${fault}`);
    const valueFault = faultOfValue(name, value);
    if (valueFault !== null) throw invalid(`invalid header value: ${valueFault}`);
  }
}

function faultOfName(name: string): string | null {
  if (name === '') return 'header name cannot be empty';
  if (Buffer.byteLength(name) > 255) return 'header name too long (max 255 characters)';
  for (const character of name) {
    if (!TOKEN_CHARACTER.test(character)) {
      return `header name ${name} contains invalid characters: char ${character.codePointAt(0)} not allowed`;
    }
  }
  return RESERVED_HEADERS.has(name.toLowerCase()) ? `header name ${name} not supported` : null;
}

function faultOfValue(name: string, value: string): string | null {
  if (Buffer.byteLength(value) > 1024) {
    return `header ${name}: value too long (max 1024 characters)`;
  }
  for (const character of value) {
    if (!VALUE_CHARACTER.test(character)) {
      return `header ${name}: value: char ${character.codePointAt(0)} not allowed`;
    }
  }
  return null;
}

function invalid(message: string): TwirpError {
  return new TwirpError('invalid_argument', message);
}
