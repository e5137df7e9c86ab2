// Conversions between our types and the SDK's. The journal keeps blocks as the API sent them, so they are valid params; but the
// SDK's unions are closed, while the API adds block types at any time. The casts that this needs are here and nowhere else.
import type Anthropic from '@anthropic-ai/sdk'
import type { Message } from '../journal/index.ts'

/** A message as the SDK types it. */
export type MessageParam = Anthropic.MessageParam

/** A tool's definition, as the SDK types it: one that the app answers, or one of the API's own. */
export type ApiTool = Anthropic.Beta.BetaToolUnion

export type CreateParams = Anthropic.MessageCreateParamsStreaming

export const toMessages = (params: readonly MessageParam[]): readonly Message[] => params as readonly Message[]

export const toMessageParams = (messages: readonly Message[]): readonly MessageParam[] =>
  messages as readonly MessageParam[]

/** Beta fields are among them, which the SDK types on its beta parameters. */
export const toCreateParams = (params: object): CreateParams => params as CreateParams

/** Turnstate has checked the fields that it reads; the API checks the rest. */
export const toApiTools = (params: readonly object[]): ApiTool[] => params as ApiTool[]
