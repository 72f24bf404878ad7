/**
 * A worker of LiveKit Agents whom the lab can send for: it serves one agent name, given as its one
 * argument, says on standard output when LiveKit knows it, and publishes audio in every room it is sent
 * to. It runs until it is ended, or until its standard input closes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AgentServer, defineAgent, initializeLogger, ServerOptions } from '@livekit/agents';
import { livekit } from './source/settings.js';
import { publishTone } from './source/tone.js';

export default defineAgent({
  entry: async (job) => {
    await job.connect();
    await publishTone(job.room, () => false);
  },
});

// The framework loads this file once more in the process of every job.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url, apiKey, apiSecret } = livekit;
  initializeLogger({ pretty: false, level: 'error' });
  const server = new AgentServer(
    new ServerOptions({
      agent: fileURLToPath(import.meta.url),
      agentName: process.argv[2] ?? 'lab-agent',
      wsURL: url.replace(/^http/, 'ws'),
      apiKey,
      apiSecret,
      numIdleProcesses: 1,
      // A busy machine is no reason to refuse a job here.
      loadFunc: async () => 0,
      host: '127.0.0.1',
      port: 0,
      production: false,
      logLevel: 'error',
    }),
  );
  process.stdin.resume();
  process.stdin.once('end', async () => {
    // It waits for jobs that last as long as their rooms.
    await Promise.race([server.close(), sleep(1_000)]);
    process.exit();
  });
  server.event.once('worker_registered', () => process.stdout.write('registered\n'));
  await server.run();
}
