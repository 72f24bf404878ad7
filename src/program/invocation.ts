/** What a line turns out to ask for, as data. */
import type { Command } from 'commander';
import type { CallsOptions } from '../commands/calls.ts';
import type { CompleteOptions } from '../commands/complete.ts';
import type { CompletionOptions } from '../commands/completion.ts';
import type { ConfigOptions } from '../commands/config.ts';
import type { ConfigInitOptions } from '../commands/config-init.ts';
import type { DepartmentsOptions } from '../commands/departments.ts';
import type { DoctorOptions } from '../commands/doctor.ts';
import type { HistoryOptions } from '../commands/history.ts';
import type { ResolveOptions } from '../commands/resolve.ts';
import type { RoomsOptions } from '../commands/rooms.ts';
import type { SandboxOptions } from '../commands/sandbox.ts';
import type { SmokeOptions } from '../commands/smoke.ts';
import type { TransferOptions } from '../commands/transfer.ts';
import type { HelpTopic } from '../help-topic.ts';
import type { Declare } from './declared.ts';

export type Invocation =
  | { command: 'text'; text: string }
  | { command: 'topic'; topic: HelpTopic }
  | { command: 'calls'; options: CallsOptions }
  | { command: 'rooms'; options: RoomsOptions }
  | { command: 'departments'; options: DepartmentsOptions }
  | { command: 'resolve'; options: ResolveOptions }
  | { command: 'transfer'; options: TransferOptions }
  | { command: 'smoke'; options: SmokeOptions }
  | { command: 'history'; options: HistoryOptions }
  | { command: 'doctor'; options: DoctorOptions }
  | { command: 'config'; options: ConfigOptions }
  | { command: 'config-init'; options: ConfigInitOptions }
  | { command: 'sandbox'; options: SandboxOptions }
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
