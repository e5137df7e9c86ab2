// Streams of events as Node writes them: text to its response, without a stream of the web between, which costs more than all the rest.
import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { viewerOf } from './streams/viewer-body.ts'
import type { Viewer } from './streams/viewer.ts'

/** Writes the response itself if it is the stream of a viewer. Returns what is left to be sent. */
export function answeredByNode(response: Response, outgoing: ServerResponse): Response {
  const viewer = viewerOf(response.body)
  if (!viewer) return response
  outgoing.writeHead(response.status, [...response.headers].flat())
  send(viewer, outgoing)
  // They went with the first piece if there is one.
  outgoing.flushHeaders()
  // A copy: the adapter does not recognise the constant itself once it has put its own Response in the place of the global one.
  return RESPONSE_ALREADY_SENT.clone()
}

function send(viewer: Viewer, outgoing: ServerResponse): void {
  if (outgoing.destroyed) return viewer.leave()
  outgoing.on('close', () => viewer.leave())
  outgoing.on('drain', () => viewer.ask())
  // What it says about a connection that breaks is said by `close` too.
  outgoing.on('error', () => viewer.leave())
  viewer.sendTo({ give: (piece) => outgoing.write(piece), end: () => outgoing.end() })
}
