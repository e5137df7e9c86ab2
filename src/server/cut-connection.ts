import type { Context } from 'hono'
import type { Outgoing, ServerEnv } from './context.ts'

/** Ends the connection that an answer goes to, with what is still on its way to the reader. Elsewhere than in Node, nothing happens: the runtime ends those that do not read. */
export const cutConnection = (context: Context<ServerEnv>): void => void outgoingOf(context)?.destroy()

/**
 * Has the connection end if its reader stops reading once the answer is complete: nothing more is asked for then, so nobody else
 * notices. The timer is that of the socket, which begins anew whenever something is sent: a slow reader has as long as it needs.
 *
 * @param stalledAfter milliseconds in which nothing is sent
 */
export function cutUnread(context: Context<ServerEnv>, stalledAfter: number): void {
  const outgoing = outgoingOf(context)
  const watch = (milliseconds: number) => void outgoing?.socket?.setTimeout(milliseconds)
  // It is complete, and may wait to be sent. Node's server ends a connection whose timer rings.
  outgoing?.once('prefinish', () => watch(stalledAfter))
  // It is sent. Before Node sets the timer again, for the next request.
  outgoing?.prependOnceListener('finish', () => watch(0))
}

function outgoingOf({ env }: Context<ServerEnv>): Outgoing | undefined {
  // Without Node there are no bindings at all.
  const bindings: Partial<ServerEnv['Bindings']> | undefined = env
  return bindings?.outgoing
}
