// Where our types meet the SDK's. The journal keeps blocks as the API gave them, so they are its block params; but the
// SDK's unions are closed, and the API adds to them at any time. Each function here says so once.
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

/** Beta fields are typed by the SDK too, on its beta parameters. */
export const toCreateParams = (params: object): CreateParams => params as CreateParams

/** Checked as far as turnstate goes by them; the API checks the rest. */
export const toApiTools = (params: readonly object[]): ApiTool[] => params as ApiTool[]
