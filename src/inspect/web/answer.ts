// What an inspector answers over HTTP: the files of its page, exports and imports.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PageFile } from '../../package/built-page.ts'
import { fileLines } from '../file/inspection-file.ts'
import type { Hub } from '../hub/hub.ts'
import type { Access } from './access.ts'
import type { Imports } from './imports.ts'

/** The page may load nothing from elsewhere, and may not be framed. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

export interface Served {
  readonly hub: Hub
  readonly files: ReadonlyMap<string, PageFile>
  readonly imports: Imports
}

/** Answers a request. Never rejects: an error ends only this answer. */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  access: { readonly refused: string } | Access,
  served: Served,
): Promise<void> {
  try {
    await answerTo(request, response, access, served)
  } catch {
    // A response that was sent in part must not look complete.
    if (response.headersSent) response.destroy()
    else end(response, 500, 'Internal error of the inspector.')
  }
}

async function answerTo(
  request: IncomingMessage,
  response: ServerResponse,
  access: { readonly refused: string } | Access,
  { hub, files, imports }: Served,
): Promise<void> {
  if ('refused' in access) return end(response, 403, access.refused)
  // The page's URLs are relative, so its address must end with a slash.
  if (access.path === null) return redirect(response, `/${access.token}/`)
  if (access.path === 'import') return importFrom(request, response, imports, access.query.get('name'))
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'Only GET is allowed here.')
  if (access.path === 'export.jsonl') return exportTo(response, hub, access.query.get('key'))
  return sendFile(response, files.get(access.path || 'index.html'), request.method === 'HEAD')
}

const redirect = (response: ServerResponse, location: string): void =>
  void response.writeHead(308, { ...headers, location }).end()

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

function sendFile(response: ServerResponse, file: PageFile | undefined, isHead: boolean): void {
  if (!file) return end(response, 404, 'The inspector has no such file.')
  response.writeHead(200, { ...headers, 'content-type': file.type, 'content-length': file.body.byteLength })
  response.end(isHead ? undefined : file.body)
}

/** Streams an export, no faster than it is read. */
async function exportTo(response: ServerResponse, hub: Hub, key: string | null): Promise<void> {
  const chosen = hub.conversations.filter((kept) => key === null || kept.key === key)
  response.writeHead(200, {
    ...headers,
    'content-type': 'application/x-ndjson; charset=utf-8',
    'content-disposition': 'attachment; filename="inspection.jsonl"',
  })
  await pipeline(Readable.from(exported(chosen)), response)
}

/** The lines of an export. The records of each conversation are read when its turn comes. */
const exported = (chosen: Hub['conversations']) =>
  fileLines(
    (function* () {
      for (const { chart, log } of chosen) yield { chart, records: log.all(), state: log.state, dropped: log.dropped }
    })(),
  )

async function importFrom(
  request: IncomingMessage,
  response: ServerResponse,
  imports: Imports,
  name: string | null,
): Promise<void> {
  if (request.method !== 'POST') return end(response, 405, 'Send the file with POST.')
  const { status, body } = await imports.take(request, name ?? 'a file')
  // The rest of it is not read.
  if (!request.complete) response.setHeader('connection', 'close')
  if (typeof body === 'string') return end(response, status, body)
  response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
}
