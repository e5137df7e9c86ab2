// The simulator
export { startSimulator } from './simulator.ts'
export type { CloseOptions, Simulator, SimulatorOptions, TestStringRefusal } from './simulator-options.ts'
export type { RecordedRequest } from './recorded-request.ts'
export { refusalTestString } from './test-strings.ts'
export { signThinking } from './signatures.ts'

// Scripts
export { httpError, refuse, reply, text, thinking, toolUse } from './build-script.ts'
export type {
  DefaultStep,
  HttpErrorStep,
  ReplyStep,
  Script,
  ScriptedBlock,
  ScriptedHttpError,
  ScriptedRawBlock,
  ScriptedRedactedThinking,
  ScriptedRefusal,
  ScriptedText,
  ScriptedThinking,
  ScriptedToolUse,
  ScriptedUsage,
  ScriptStep,
} from './script.ts'
export type { ExtraEvent, MidStreamError, ScriptFaults } from './script-faults.ts'
export type { JsonObject } from './json.ts'
