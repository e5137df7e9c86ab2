// All rules, in the order in which they are checked.
import { cacheControl } from './cache-control.ts'
import { contentShapes } from './content-blocks.ts'
import { compactionBlocks, compactionField, compactionOfModel } from './compaction.ts'
import { creditToken, redemption } from './credit-token.ts'
import { fallbackBlocks } from './fallback-blocks.ts'
import { fallbackModels, fallbacksShape } from './fallbacks-field.ts'
import { images } from './image-sizes.ts'
import { jsonText } from './json-text.ts'
import { mediaBytes } from './media-bytes.ts'
import { nonEmptyContent, nonEmptyText } from './empty-content.ts'
import { firstMessage, lastMessage, messageCount, systemMessages } from './message-order.ts'
import { contextWindow, effort, outputLimit, sampling } from './model-limits.ts'
import { thinkingOfModel, thinkingShape } from './thinking-field.ts'
import { toolChoice } from './tool-choice.ts'
import { pendingContainer, programs, serverTools } from './server-tools.ts'
import { thinkingBlocks } from './returned-thinking.ts'
import { toolPairing } from './tool-pairing.ts'
import { toolDefinitions } from './tool-definitions.ts'
import { container, extraFields, fieldTypes, requiredFields, thread } from './top-level-fields.ts'
import type { ModelRule, Rule } from './rule.ts'

// The order is that of the API as far as it is known: shapes first, then the model, then the history as a whole. The names
// are those of the table in docs/simulator.md.
export const shapeRules: Readonly<Record<string, Rule>> = {
  JSON: jsonText,
  'required fields': requiredFields,
  'types of fields': fieldTypes,
  'unknown fields': extraFields,
  container,
  threads: thread,
  'credit token': creditToken,
  'shape of `fallbacks`': fallbacksShape,
  'shape of `thinking`': thinkingShape,
  'tool definitions': toolDefinitions,
  breakpoints: cacheControl,
  // Before the blocks: for a compaction block in a system message, the API answers with the code for its place.
  'compaction blocks': compactionBlocks,
  blocks: contentShapes,
  '`compaction`': compactionField,
}

export const historyRules: Readonly<Record<string, ModelRule>> = {
  'credit redemption': redemption,
  'compaction by the model': compactionOfModel,
  'fallback models': fallbackModels,
  'output limit': outputLimit,
  'thinking by the model': thinkingOfModel,
  '`tool_choice`': toolChoice,
  sampling,
  effort,
  'number of messages': messageCount,
  'empty messages': nonEmptyContent,
  'empty texts': nonEmptyText,
  'first message': firstMessage,
  'system messages': systemMessages,
  'calls and results': toolPairing,
  'server tools': serverTools,
  programs,
  'container of a program': pendingContainer,
  'fallback blocks': fallbackBlocks,
  'last message': lastMessage,
  'thinking blocks': thinkingBlocks,
  'size of images': images,
  'bytes of images and PDFs': mediaBytes,
  'context window': contextWindow,
}

/** The names of all rules, in the order in which they are checked. */
export const ruleNames: readonly string[] = [...Object.keys(shapeRules), ...Object.keys(historyRules)]
