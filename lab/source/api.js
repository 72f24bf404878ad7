/** LiveKit's API, on the lab's server. */
import { RoomServiceClient, SipClient } from 'livekit-server-sdk';
import { livekit } from './settings.js';

const { url, apiKey, apiSecret } = livekit;

export const rooms = new RoomServiceClient(url, apiKey, apiSecret, { failover: false });
export const sip = new SipClient(url, apiKey, apiSecret, { failover: false });
