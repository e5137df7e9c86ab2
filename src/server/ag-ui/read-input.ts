// The body of a request: `RunAgentInput` of the protocol. Only what the server uses is read; a client's tools, context and forwarded
// properties are not.
import * as v from 'valibot'
import { TurnstateError } from '../../errors.ts'

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(256))

const source = v.variant('type', [
  v.object({ type: v.literal('data'), value: v.string(), mimeType: v.string() }),
  v.object({ type: v.literal('url'), value: v.string() }),
  v.object({ type: v.literal('file'), value: v.string() }),
])

const part = v.variant('type', [
  v.object({ type: v.literal('text'), text: v.string() }),
  v.object({ type: v.picklist(['image', 'audio', 'video', 'document']), source }),
])

const content = v.union([v.string(), v.array(part)])

const message = v.variant('role', [
  v.object({ role: v.literal('user'), id, content }),
  v.object({ role: v.literal('tool'), id, toolCallId: v.string(), content, error: v.optional(v.string()) }),
  v.object({ role: v.picklist(['system', 'developer']), id, content: v.string(), name: v.optional(v.string()) }),
  v.object({ role: v.picklist(['assistant', 'activity', 'reasoning']), id }),
])

const resumeEntry = v.object({
  interruptId: v.string(),
  status: v.picklist(['resolved', 'cancelled']),
  payload: v.optional(v.unknown()),
})

/** The schema of the body of `POST /agui`, as far as it is read. */
export const runInput = v.object({
  threadId: id,
  runId: id,
  messages: v.array(message),
  state: v.optional(v.unknown()),
  resume: v.optional(v.array(resumeEntry)),
})

/** A piece of a message, as a client sends it. */
export type GivenPart = v.InferOutput<typeof part>

/** A message, as a client sends it. */
export type GivenMessage = v.InferOutput<typeof message>

/** An answer to an interrupt, as a client sends it. */
export type ResumeEntry = v.InferOutput<typeof resumeEntry>

/** What a client asks for. */
export type RunInput = v.InferOutput<typeof runInput>

/** Reads the body of a request. @throws TurnstateError `request-malformed` */
export function readRunInput(body: unknown): RunInput {
  const read = v.safeParse(runInput, body)
  if (read.success) return read.output
  const [issue] = read.issues
  // The value is not named: it may be anything that a user has said.
  const where = v.getDotPath(issue) ?? 'the body'
  throw new TurnstateError('request-malformed', `The body is no RunAgentInput of AG-UI: look at ${where}.`)
}
