import { messageOf } from '../../../errors.ts'
import { isObject, isText, listOf } from '../../api/json.ts'
import type { HostileChat, HostileOutcome, HostileSetUp } from './chat.ts'
import { fieldsOf } from '../program/fields.ts'
import { hostileApi, type HostileApi } from '../serve/hostile-api.ts'
import { inputOf } from '../program/inputs.ts'
import { type HostileMessage, hostileModel, type HostileProgram } from '../program/program.ts'
import type { HostileMessageReport, HostileReport } from './report.ts'
import { codeExecution, createNote } from '../program/tools.ts'

const untold: ReadonlySet<string> = new Set(['delta', 'state'])

/** Ids of the turns that a refusal withdrew. Turns that left for other reasons are not included. */
const withdrawnBy = (notice: object): readonly string[] => {
  if (!isObject(notice) || notice['type'] !== 'context.reset' || notice['cause'] !== 'refusal') return []
  return listOf(notice['left']).flatMap((turn) =>
    isObject(turn) && turn['why'] === 'withdrawn' ? [String(turn['turnId'])] : [],
  )
}

type Ending = Pick<HostileMessageReport, 'status' | 'error' | 'turnId'>

const endingOf = ({ status, turnId, error }: HostileOutcome): Ending => ({ status, turnId, error: error?.code ?? null })

const thrown = (error: unknown): Ending => ({
  status: 'threw',
  turnId: null,
  error: isObject(error) && isText(error['code']) ? error['code'] : messageOf(error),
})

const send = async (chat: HostileChat, number: number, message: HostileMessage): Promise<Ending> => {
  try {
    if (message.model !== undefined) chat.setModel(message.model)
    return endingOf(await chat.sendMessage(inputOf(number, message)))
  } catch (error) {
    return thrown(error)
  }
}

/**
 * Plays a program: creates a conversation, sends all messages one after another, and reports what happened to each. `api`
 * answers the requests; default: an API in this process. Rejects if the set-up throws.
 */
export const playHostileProgram = async (
  program: HostileProgram,
  setUp: HostileSetUp,
  api: HostileApi = hostileApi(program),
): Promise<HostileReport> => {
  const { note, runs } = createNote()
  const chat = await setUp({
    url: api.url,
    fetch: api.fetch,
    model: hostileModel,
    fallback: program.fallback,
    request: fieldsOf(program.fields),
    fields: program.fields,
    tools: [note, codeExecution],
  })
  const told: string[] = []
  const withdrawn: string[] = []
  const leave = chat.on('*', (notice) => {
    if (!untold.has(notice.type)) told.push(notice.type)
    withdrawn.push(...withdrawnBy(notice))
  })
  const messages: HostileMessageReport[] = []
  for (const [number, message] of program.messages.entries()) {
    const before = api.requests.length
    api.begin(number)
    const ending = await send(chat, number, message)
    messages.push({
      ...ending,
      requests: api.requests.slice(before),
      told: told.splice(0),
      withdrawn: withdrawn.splice(0),
    })
  }
  leave()
  await chat.close()
  return { program, messages, runs }
}
