// The chat page, served by a conversation server whose model the test answers by hand.
import { memoryStore, type Store } from '../../../src/index.ts'
import { type ConversationServerOptions, serve } from '../../../src/server/index.ts'
import { staged } from '../../server/stage.ts'

export type Stage = Awaited<ReturnType<typeof webStage>>

/** A world to visit: the address of the page, and the model's side. */
export async function webStage(
  given: Partial<Extract<ConversationServerOptions, { readonly options?: undefined }>> = {},
  store: Store = memoryStore(),
  /** 0 for a free one. */
  port = 0,
) {
  const world = staged({ ui: { models: ['m2'], simulated: true }, ...given }, store)
  const serving = await serve(world.server, { port })
  return { ...world, port: serving.port, url: `${serving.url}/`, close: () => serving.close() }
}
