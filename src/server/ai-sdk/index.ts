// The door for clients of the AI SDK, on the server's side.
export { aiRoutes, type AiRoutesOptions } from './routes.ts'
export { uiMessages, type RefusalWords } from './messages.ts'
export { shownParts } from './shown-parts.ts'
export type { RefusalData, RetractedData, TurnstateData, TurnstateMetadata, UiMessage, UiPart } from './ui-message.ts'
