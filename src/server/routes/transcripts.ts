// A conversation to be read, by people or programs.
import { Hono } from 'hono'
import { describeRoute } from 'hono-openapi'
import { TurnstateError } from '../../errors.ts'
import { asHtml } from '../../transcripts/html.ts'
import { asMarkdown } from '../../transcripts/markdown.ts'
import { type Reading, readingOf } from '../../transcripts/reading.ts'
import type { ServerEnv } from '../context.ts'
import { unknown } from '../rooms.ts'
import type { Services } from '../services.ts'
import { viewsOf } from '../streams/views.ts'

const formats: Readonly<Record<string, readonly [type: string, write: (reading: Reading) => string]>> = {
  json: ['application/json', (reading) => JSON.stringify(reading)],
  md: ['text/markdown; charset=utf-8', asMarkdown],
  html: ['text/html; charset=utf-8', asHtml],
}

export function transcriptRoutes({ options, rooms }: Services): Hono<ServerEnv> {
  const { store } = options
  return new Hono<ServerEnv>().get(
    '/transcript',
    describeRoute({
      operationId: 'readTranscript',
      summary: 'What was said, as JSON, Markdown or a web page. Refused replies are in it without their text',
      parameters: [
        { name: 'format', in: 'query', required: false, schema: { type: 'string', enum: Object.keys(formats) } },
      ],
      responses: { 200: { description: 'The transcript' } },
    }),
    async (context) => {
      const id = context.req.param('id') ?? ''
      const { format = 'json' } = context.req.query()
      const found = Object.hasOwn(formats, format) ? formats[format] : undefined
      if (!found)
        throw new TurnstateError('request-malformed', `The format is one of ${Object.keys(formats).join(', ')}.`)
      await rooms.mustHave(id, context.var.principal)
      const [listing, { now }] = await Promise.all([store.get(id), viewsOf(store, id, 0)])
      if (!listing) throw unknown()
      const [type, write] = found
      return context.body(write(readingOf(listing, now)), 200, { 'content-type': type })
    },
  )
}
