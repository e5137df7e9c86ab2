// The door of the inspection by @xstate/inspect. It holds nothing of Node's: it is bundled for browsers too.
export { xstateInspect } from './xstate-inspect.ts'
export type {
  Inspection,
  InspectMessageEvent,
  InspectRequest,
  InspectServer,
  InspectSocket,
  InspectTargetWindow,
  InspectWindow,
  ServerTarget,
  WindowTarget,
  XStateInspectOptions,
} from './options.ts'
