/** The keys of `trunks` in a config: how each is meant, and when two are one. */

/** How a key of `trunks` is meant: `ST_…` is an id, a key with a dot a host, anything else a name. */
export function trunkKeyKind(key: string): 'id' | 'host' | 'name' {
  if (key.startsWith('ST_')) return 'id';
  return key.includes('.') ? 'host' : 'name';
}

/** A host without its port, its final dot and its capitals; LiveKit's `sip.hostname` may have them. */
export function bareHost(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '');
}

/** The form in which keys are compared: ids as they are, names and hosts without their capitals. */
export function foldTrunkKey(key: string): string {
  switch (trunkKeyKind(key)) {
    case 'id':
      return key;
    case 'host':
      return bareHost(key);
    case 'name':
      return key.trim().toLowerCase();
  }
}
