/** LiveKit's own texts, and those of a connection that failed, made fit for a sentence. */

/** How much of a foreign text a sentence bears. */
const QUOTE_LENGTH = 160;

/** A foreign text on one line, without its full stop. */
export function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > QUOTE_LENGTH ? `${line.slice(0, QUOTE_LENGTH)}…` : line;
}

/** Why there was no connection, with the system's word for it behind. */
export function failedConnection(code: string | null): string {
  return code === null ? 'nobody knows why' : `${meaningOf(code)} (${code})`;
}

function meaningOf(code: string): string {
  if (code === 'ECONNREFUSED') return 'nothing answers at its address';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name cannot be resolved';
  if (code === 'CONNECT_TIMEOUT') return 'no connection came about in time';
  if (code === 'TIMEOUT' || code === 'ETIMEDOUT') return 'it did not answer in time';
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO|WRONG_VERSION/.test(code)) {
    return 'no secure connection came about';
  }
  return 'the connection failed';
}
