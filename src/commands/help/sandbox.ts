/** `sandbox`: a LiveKit with calls on it, for as long as it is left running. */

import { type ExitCode, UsageError } from '../../core/errors.ts';
import type { Context } from '../shared/context.ts';
import { SANDBOX_FIELDS, type SandboxCommandOptions } from './command.ts';

/** @returns 130 or 143 after the signal that ended it */
export async function run(options: SandboxCommandOptions, context: Context): Promise<ExitCode> {
  const { output, interruption } = context;
  output.checkFields(SANDBOX_FIELDS);
  if ((options.port ?? 0) > 65_535) throw new UsageError('--port goes up to 65535.');
  if (options.speed === 0) throw new UsageError('--speed starts at 1.');
  const { startSandbox } = await import('../../sandbox/server.ts');
  const { port = 0, speed = 1, webhook } = options;
  const sandbox = await startSandbox({ port, speed, webhook }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error instanceof RangeError) {
        throw new UsageError(`--webhook cannot be used: ${error.message}.`, {
          hint: 'Write it as http://127.0.0.1:7890. The sandbox calls nobody outside this machine.',
        });
      }
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') {
        throw new UsageError(`Port ${options.port} cannot be used (${error.code}).`, {
          hint: 'Leave --port out, and any free port is taken.',
        });
      }
      throw error;
    },
  );
  try {
    const { url, apiKey, apiSecret } = sandbox;
    await output.record({ url, apiKey, apiSecret }, SANDBOX_FIELDS, () => {
      output.line(`export LIVEKIT_URL=${url}`);
      output.line(`export LIVEKIT_API_KEY=${apiKey}`);
      output.line(`export LIVEKIT_API_SECRET=${apiSecret}`);
    });
    output.notice('The sandbox is up. Use these lines in another terminal; Ctrl-C ends it.');
    const signal = await interruption.happened;
    return signal === 'SIGTERM' ? 143 : 130;
  } finally {
    await sandbox.close();
  }
}
