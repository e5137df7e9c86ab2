// The entry point of inspection with @xstate/inspect. It imports nothing from Node, because it is bundled for browsers too.
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
