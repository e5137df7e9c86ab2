import type { Context } from 'hono'
import type { ServerEnv } from './context.ts'

/** Ends the connection that an answer goes to, with what is still on its way to the reader. Elsewhere than in Node, nothing happens: the runtime ends those that do not read. */
export const cutConnection = ({ env }: Context<ServerEnv>): void => {
  // Without Node there are no bindings at all.
  const bindings: Partial<ServerEnv['Bindings']> | undefined = env
  bindings?.outgoing?.destroy()
}
