// The messages and chunks that are written down in src/server/ai-sdk are those of the package `ai`.
import type { UIMessage, UIMessageChunk } from 'ai'
import { expectTypeOf } from 'vitest'
import type { Chunk } from '../../src/server/ai-sdk/chunks.ts'
import type { TurnstateData, TurnstateMetadata, UiMessage } from '../../src/server/ai-sdk/index.ts'

type Theirs = UIMessageChunk<TurnstateMetadata, TurnstateData>

expectTypeOf<UiMessage>().toExtend<UIMessage<TurnstateMetadata, TurnstateData>>()
// Version 6 has no `reset-step`: it is sent to clients only that say that they know it.
expectTypeOf<Exclude<Chunk['type'], 'reset-step'>>().toExtend<Theirs['type']>()
expectTypeOf<Exclude<Chunk, { type: 'start-step' | 'finish-step' | 'reset-step' }>>().toExtend<Theirs>()
