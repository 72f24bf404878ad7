/** What a line turns out to ask for, as data. */
import type { Command } from 'commander';
import type { CallsOptions } from '../calls/run.ts';
import type { CompleteOptions, CompletionOptions } from '../completion/run.ts';
import type { ConfigInitOptions } from '../config/init.ts';
import type { ConfigOptions } from '../config/run.ts';
import type { DepartmentsOptions } from '../departments/run.ts';
import type { DoctorOptions } from '../doctor/run.ts';
import type { HelpTopic } from '../help/topics.ts';
import type { HistoryOptions } from '../history/run.ts';
import type { ResolveCommandOptions } from '../resolve/run.ts';
import type { RoomsOptions } from '../rooms/run.ts';
import type { SandboxCommandOptions } from '../sandbox/run.ts';
import type { SmokeOptions } from '../smoke/run.ts';
import type { TransferOptions } from '../transfer/run.ts';
import type { Declare } from './flags.ts';

export type Invocation =
  | { command: 'text'; text: string }
  | { command: 'topic'; topic: HelpTopic }
  | { command: 'calls'; options: CallsOptions }
  | { command: 'rooms'; options: RoomsOptions }
  | { command: 'departments'; options: DepartmentsOptions }
  | { command: 'resolve'; options: ResolveCommandOptions }
  | { command: 'transfer'; options: TransferOptions }
  | { command: 'smoke'; options: SmokeOptions }
  | { command: 'history'; options: HistoryOptions }
  | { command: 'doctor'; options: DoctorOptions }
  | { command: 'config'; options: ConfigOptions }
  | { command: 'config-init'; options: ConfigInitOptions }
  | { command: 'sandbox'; options: SandboxCommandOptions }
  | { command: 'completion'; options: CompletionOptions }
  | { command: 'complete'; request: CompleteOptions };

/** What the commands are declared with. */
export interface Declaring {
  program: Command;
  /** Adds a command; its own flags come later. */
  add(name: string, description: string, declare: Declare): Command;
  /** Called with what a line turns out to ask for. */
  emit(invocation: Invocation): void;
}
