// The simulator
export { startSimulator } from './simulator.ts'
export type { CloseOptions, Simulator, SimulatorOptions, TestStringRefusal } from './simulator-options.ts'
export type { RecordedRequest } from './recorded-request.ts'
export { refusalTestString } from './test-strings.ts'
export { signThinking } from './signatures.ts'
export { signCompaction } from './compaction-blocks.ts'

// Scripts
export { compact, httpError, pause, refuse, reply } from './build-script.ts'
export type {
  DefaultStep,
  FallbackStep,
  HttpErrorStep,
  ReplyStep,
  Script,
  ScriptedHttpError,
  ScriptedRefusal,
  ScriptedUsage,
  ScriptStep,
} from './script.ts'
export type { ExtraEvent, MidStreamError, ScriptFaults } from './script-faults.ts'

// Blocks of scripts
export {
  cited,
  codeExecutionResult,
  compaction,
  fallbackBlock,
  redactedThinking,
  serverToolUse,
  text,
  thinking,
  toolUse,
  webSearchResult,
} from './build-blocks.ts'
export type { ProgramRun, WebPage } from './build-blocks.ts'
export type {
  ScriptedBlock,
  ScriptedCompaction,
  ScriptedRawBlock,
  ScriptedRedactedThinking,
  ScriptedServerToolResult,
  ScriptedServerToolUse,
  ScriptedText,
  ScriptedThinking,
  ScriptedToolUse,
} from './script-blocks.ts'
export type { JsonObject } from './json.ts'
