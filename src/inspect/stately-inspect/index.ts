// The entry point of inspection with @statelyai/inspect. It imports nothing from Node, because it is bundled for browsers too.
export { statelyInspect } from './stately-inspect.ts'
export type { SendTarget, StatelyInspectOptions } from './options.ts'
export type { StatelyEvent, StatelyMessage, StatelySnapshot } from './messages.ts'
