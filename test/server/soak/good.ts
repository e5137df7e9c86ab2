// Conversations of clients of good will, which go on while the server is besieged.
import { allOf, eventsOf, type Sent, upTo } from '../stage.ts'
import { refusedInput, refusedWords } from './words.ts'

/**
 * One conversation: created, followed, asked twice, with a refusal between, and deleted.
 *
 * @throws Error for whatever is not as it should be
 */
export async function goodConversation(origin: string, id: string): Promise<void> {
  const ask = async (method: string, path: string, body?: object) =>
    fetch(`${origin}/v1/conversations${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: 'Bearer cleo' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const say = async (input: string): Promise<readonly Sent[]> => {
    const response = await ask('POST', `/${id}/messages`, { input })
    if (response.status !== 200) throw new Error(`a message was answered ${response.status}: ${await response.text()}`)
    return allOf(response)
  }
  const made = await ask('POST', '', { id })
  if (made.status !== 201) throw new Error(`creating was answered ${made.status}: ${await made.text()}`)
  await made.body?.cancel()
  const viewer = eventsOf(await ask('GET', `/${id}/events`))
  const followed = upTo(viewer, 'resume')
  followed.catch(() => {})
  const last = [await say('hi'), await say(refusedInput), await say('hi again')].map((events) => events.at(-1)?.event)
  equal(last, ['turn.completed', 'turn.refused', 'turn.completed'], 'the outcomes')
  const state = await (await ask('GET', `/${id}`)).text()
  if (state.includes(refusedWords)) throw new Error(`it shows what was refused: ${state}`)
  const erased = await ask('DELETE', `/${id}`)
  equal(erased.status, 204, 'deleting')
  const seen = await followed
  equal(
    seen.flatMap(({ event, data }) => ('outcome' in data ? [event] : [])),
    last,
    'what the viewer was told',
  )
  const retracted = seen.findIndex(({ event }) => event === 'retracted')
  if (retracted < 0) throw new Error('the viewer got no retraction')
  if (JSON.stringify(seen.slice(retracted)).includes(refusedWords))
    throw new Error('the viewer was sent what was refused after the retraction')
  equal(seen.at(-1)?.data, { why: 'deleted' }, 'the end of the viewer')
}

function equal(found: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`${what}: ${JSON.stringify(found)} in place of ${JSON.stringify(expected)}`)
}
