// The door of the inspection by @statelyai/inspect. It holds nothing of Node's: it is bundled for browsers too.
export { statelyInspect } from './stately-inspect.ts'
export type { SendTarget, StatelyInspectOptions } from './options.ts'
export type { StatelyEvent, StatelyMessage, StatelySnapshot } from './messages.ts'
