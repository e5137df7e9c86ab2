// The chat page, for browsers. Its files are for everybody: they are those of the package, and say nothing about anyone.
import { Hono } from 'hono'
import { type ChatPage, pagePolicy, type ServedFile } from '../chat-page.ts'
import type { ServerEnv } from '../context.ts'
import { isLoopback } from '../security.ts'
import type { Services } from '../services.ts'

/** The files of the page. There are no others: each has a route of its own, and no path is looked for on the disk. */
export function pageRoutes({ totalRate }: Services, { files }: ChatPage): Hono<ServerEnv> {
  const routes = new Hono<ServerEnv>()
  for (const [path, file] of files)
    routes.get(path, (context) => {
      totalRate.take()
      context.set('contentPolicy', pagePolicy)
      return answered(context.req.raw, file)
    })
  return routes
}

function answered({ headers }: Request, { type, body, etag, cacheControl }: ServedFile): Response {
  const about = { etag, 'cache-control': cacheControl, 'cross-origin-opener-policy': 'same-origin' }
  if (hasAlready(headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers: about })
  return new Response(body, {
    headers: { ...about, 'content-type': type, 'content-length': String(body.byteLength) },
  })
}

/** Whether one of the validators that a browser sends is this one. It may have been made weak on the way. */
const hasAlready = (sent: string | null, etag: string): boolean =>
  sent !== null && sent.split(',').some((each) => ['*', etag, `W/${etag}`].includes(each.trim()))

/** What the page asks to know, which only principals are told. */
export function factsRoutes({ facts }: ChatPage): Hono<ServerEnv> {
  return new Hono<ServerEnv>().get('/chat.json', ({ req, json }) =>
    json({ ...facts, inspector: isOnThisMachine(req.raw) ? facts.inspector : null }),
  )
}

/** What a proxy adds. Behind one, the page may be anywhere. */
const fromProxies = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const

/** Whether the page that asks is on this machine, where the address of the inspector leads to it. */
function isOnThisMachine({ url, headers }: Request): boolean {
  const origin = headers.get('origin')
  return (
    isLoopback(new URL(url).hostname) &&
    (origin === null || (URL.canParse(origin) && isLoopback(new URL(origin).hostname))) &&
    fromProxies.every((name) => !headers.has(name))
  )
}
