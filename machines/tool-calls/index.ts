// The door of the tool charts.
export { toolCallMachine } from './tool-call.machine.ts'
export { toolCallsMachine } from './tool-calls.machine.ts'
export { canStartWithin } from './tool-calls.setup.ts'
export { errorResult } from './results.ts'
export type * from './tool-calls.types.ts'
