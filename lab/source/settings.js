/** Where the lab's servers are: as livekit.yaml and sip.yaml have it, or as the contract's variables say. */
import { fileURLToPath } from 'node:url';

const {
  LK_TRANSFER_CONTRACT_URL: url = 'http://127.0.0.1:17880',
  LK_TRANSFER_CONTRACT_KEY: apiKey = 'lab',
  LK_TRANSFER_CONTRACT_SECRET: apiSecret = 'only-for-the-lab-on-this-machine',
  LK_TRANSFER_LAB_SIP: sipAddress = '127.0.0.1:15060',
} = process.env;

export const livekit = { url, apiKey, apiSecret };

/** `host:port` of the SIP service, over UDP. */
export { sipAddress };

/** Where SIPp listens, for signalling and audio. */
export const HOST = '127.0.0.1';

export const LAB = fileURLToPath(new URL('..', import.meta.url));
