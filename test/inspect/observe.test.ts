import { describe, expect, it, vi } from 'vitest'
import { observe } from '../../src/index.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { buildRequest, fold } from '../../src/journal/index.ts'
import { codeOf, start } from '../conversation/start.ts'
import { turn } from '../tools/fixtures.ts'
import { factsIn, first, ofType, overTheWire, refusedOnce, statesIn, withoutTexts } from './fixtures.ts'

/** A record in short form. */
function brief(record: InspectionRecord): string {
  switch (record.type) {
    case 'event':
      return `${record.actor} gets ${record.event}`
    case 'transition':
      return record.from === record.to ? `${record.event} taken` : `${record.from} → ${record.to}`
    case 'fact':
      return record.fact.type
    case 'actor.started':
    case 'actor.stopped':
      return `${record.actor} ${record.type === 'actor.started' ? 'starts' : 'stops'}`
    default:
      return record.type
  }
}

/** Counts how often XState iterates the inspection observers of an actor system: never without observers. */
function observersAsked(run: () => void): number {
  const spy = vi.spyOn(Set.prototype, 'forEach')
  try {
    run()
    return spy.mock.calls.length
  } finally {
    spy.mockRestore()
  }
}

describe('the records of a refused turn', () => {
  it('describe all steps in order, from the message to the reset', async () => {
    const world = start()
    await world.exchange('alpha', 'one')
    const observation = observe(world.chat)
    const { turn: refused, reply } = await world.ask('bravo')
    const before = observation.records.length
    reply.refuse('par')
    await refused
    expect(observation.records.slice(before).map(brief)).toEqual([
      'conversation gets reply.opened',
      'streaming.opening → streaming.receiving',
      'conversation gets reply.refused',
      'streaming.receiving → refused.saving',
      'turn.settled',
      'refusal',
      'reply stops',
      'journal gets journal.append',
      'conversation gets journal.saved',
      'journal.saved taken',
      'refused.saving → refused.deciding',
      'decision starts',
      'decision gets xstate.init',
      'conversation gets refusal.resolve',
      'refused.deciding → reset.saving',
      'head.moved',
      'decision stops',
      'journal gets journal.append',
      'conversation gets journal.saved',
      'journal.saved taken',
      'reset.saving → idle',
    ])
  })

  it('begin with the state, the prompt, the actors, and the journal so far', async () => {
    const { chat, exchange } = start()
    await exchange('alpha', 'one')
    const { records } = observe(chat)
    expect(records.map(brief)).toEqual([
      'observed',
      'prompt',
      'conversation starts',
      'start starts',
      'journal starts',
      'conversation.created',
      'turn.opened',
      'reply.recorded',
      'turn.settled',
    ])
    expect(records[0]).toEqual({
      v: 1,
      seq: 0,
      at: 1_000,
      conversation: 'c1',
      type: 'observed',
      model: 'm1',
      machine: { id: 'conversation', version: '1' },
      state: 'completed.saved',
      revision: 4,
      includesText: false,
    })
  })

  it('are numbered without gaps, with the time, the version and the id of the conversation', async () => {
    const { chat, exchange } = start()
    const { records: early } = observe(chat)
    const observation = observe(chat)
    await exchange('alpha', 'one')
    expect(early[0]?.seq).toBe(0)
    expect(observation.records.map(({ seq }) => seq)).toEqual(observation.records.map((_, index) => index))
    for (const record of observation.records) expect(record).toMatchObject({ v: 1, at: 1_000, conversation: 'c1' })
  })

  it('name the turn and the attempt, also in the step that settles the turn', async () => {
    const { chat, ask } = start()
    const observation = observe(chat)
    const { turn: refused, reply } = await ask('bravo')
    reply.refuse()
    await refused
    const transitions = ofType(observation.records, 'transition')
    const into = (state: string) => transitions.find(({ from, to }) => from !== to && to === state)
    expect(into('asking.saving')).toMatchObject({ event: 'user.send', guard: 'isNewId', turnId: 't1', attempt: 1 })
    expect(into('streaming.opening')).toMatchObject({
      event: 'journal.saved',
      guard: 'isSaved',
      turnId: 't1',
      attempt: 1,
    })
    expect(into('refused.saving')).toMatchObject({ event: 'reply.refused', turnId: 't1', attempt: 1 })
    expect(ofType(observation.records, 'event').find(({ event }) => event === 'reply.refused')).toMatchObject({
      actor: 'conversation',
      source: 'reply',
      turnId: 't1',
      attempt: 1,
      category: 'cyber',
    })
    expect(into('idle')).toMatchObject({ guard: 'isSaved', turnId: null, attempt: null })
  })

  it('have the state after each fact', async () => {
    const { chat, ask } = start()
    const observation = observe(chat)
    const { turn: refused, reply } = await ask('bravo')
    reply.refuse()
    await refused
    expect(ofType(observation.records, 'fact').map(({ index, fact, state }) => [index, fact.type, state])).toEqual([
      [0, 'conversation.created', 'idle'],
      [1, 'turn.opened', 'asking.saving'],
      [2, 'turn.settled', 'refused.saving'],
      [3, 'head.moved', 'reset.saving'],
    ])
  })

  it('have the category, model and suspects of the refusal', async () => {
    const { chat, exchange, ask } = start()
    const observation = observe(chat)
    await exchange('alpha', 'one')
    const { turn: refused, reply } = await ask('bravo')
    reply.refuse('par')
    await refused
    expect(first(observation.records, 'refusal')).toMatchObject({
      turnId: 't2',
      category: 'cyber',
      model: 'm1',
      textShown: true,
      nothingLeft: false,
      suspects: [{ kind: 'user-text', turnId: 't2' }],
    })
  })

  it('report that nothing is left when the first turn is refused', async () => {
    const { chat, ask } = start()
    const observation = observe(chat)
    const { turn: refused, reply } = await ask('bravo')
    reply.refuse()
    await refused
    expect(first(observation.records, 'refusal')).toMatchObject({ nothingLeft: true, textShown: false })
  })
})

describe('an observed conversation', () => {
  it('has no text in its records by default', async () => {
    const world = start()
    const [redacted, whole] = [observe(world.chat), observe(world.chat, { includeText: true })]
    await world.exchange('alpha question', 'alpha answer')
    const { turn: refused, reply } = await world.ask('bravo question')
    reply.refuse('bravo partial')
    await refused
    expect(JSON.stringify(redacted.records)).not.toMatch(/alpha|bravo|integrators/)
    expect(JSON.stringify(whole.records)).toMatch(/alpha question.*alpha answer.*bravo question/)
    // Refused text is never recorded, so it cannot be shown.
    expect(JSON.stringify(whole.records)).not.toContain('bravo partial')
    expect([first(redacted.records, 'observed').includesText, first(whole.records, 'observed').includesText]).toEqual([
      false,
      true,
    ])
  })

  it('hides the title of a suspected file by default', async () => {
    const world = start()
    const [redacted, whole] = [observe(world.chat), observe(world.chat, { includeText: true })]
    const source = { type: 'text', media_type: 'text/plain', data: 'words' } as const
    const sent = world.chat.sendMessage([{ type: 'document', title: 'gamma title', source }])
    const reply = await world.asked(1)
    reply.refuse()
    await sent
    expect(first(redacted.records, 'refusal').suspects).toMatchObject([{ kind: 'file', title: '‹11 characters›' }])
    expect(first(whole.records, 'refusal').suspects).toMatchObject([{ kind: 'file', title: 'gamma title' }])
  })

  it('has records that fold to its view, without texts', async () => {
    const { chat } = await refusedOnce()
    const observation = observe(chat)
    const { view } = chat.actor.getSnapshot().context
    const seen = fold(overTheWire(factsIn(observation.records)))
    expect(withoutTexts(seen)).toEqual(withoutTexts(view))
    expect(seen.quarantine).toEqual(['t2'])
    expect(seen.head).toBe('t1')
  })

  it('has records that fold to its view after every step, including the queue and withdrawn turns', async () => {
    const world = start({ whenBusy: 'queue', onRefusal: ['clear'] })
    const observation = observe(world.chat)
    const compare = () =>
      expect(withoutTexts(fold(overTheWire(factsIn(observation.records))))).toEqual(
        withoutTexts(world.chat.actor.getSnapshot().context.view),
      )
    await world.exchange('alpha', 'one')
    const { turn: refused, reply } = await world.ask('bravo')
    world.chat.sendMessage('gamma')
    compare()
    reply.refuse()
    await refused
    compare()
    const { view } = world.chat.actor.getSnapshot().context
    expect(view.withdrawn).toEqual({ t1: 'refusal' })
    expect(view.queue).toHaveLength(1)
    expect(world.chat.held).toBe(true)
  })

  it('gives the whole journal to a late observer, and the same to two', async () => {
    const world = start()
    const early = observe(world.chat)
    await world.exchange('alpha', 'one')
    const late = observe(world.chat)
    expect(factsIn(late.records)).toEqual(factsIn(early.records))
    expect(late.facts).toEqual(factsIn(late.records))
    await world.exchange('bravo', 'two')
    expect(factsIn(late.records)).toEqual(factsIn(early.records))
    expect(late.facts).toEqual(factsIn(late.records))
  })

  it('has each fact once when the observation begins during a reply', async () => {
    const world = start()
    const { turn: answered, reply } = await world.ask('alpha')
    reply.say('par')
    const observation = observe(world.chat)
    expect(ofType(observation.records, 'actor.started').map(({ actor }) => actor)).toEqual([
      'conversation',
      'start',
      'journal',
      'reply',
    ])
    reply.stop('end_turn')
    await answered
    expect(ofType(observation.records, 'fact').map(({ index }) => index)).toEqual([0, 1, 2, 3])
    expect(statesIn(observation.records).at(-1)).toBe('completed.saved')
  })

  it('has as many records for a reply of 1,000 deltas as for one of 1', async () => {
    const countOf = async (deltas: number) => {
      const { chat, exchange, ask } = start()
      const observation = observe(chat)
      await exchange('alpha', 'one')
      const { turn: answered, reply } = await ask('bravo')
      const before = observation.records.length
      reply.answer(...Array.from({ length: deltas }, (_, index) => `w${index} `))
      await answered
      return observation.records.length - before
    }
    expect(await countOf(1_000)).toBe(await countOf(1))
  })

  it('has a record of each ignored event with its state', async () => {
    const { chat } = start()
    const observation = observe(chat)
    chat.stop()
    chat.releaseQueue()
    expect(ofType(observation.records, 'ignored').map(({ actor, event, state }) => [actor, event, state])).toEqual([
      ['conversation', 'user.stop', 'idle'],
      ['conversation', 'queue.release', 'idle'],
    ])
    expect(ofType(observation.records, 'transition')).toEqual([])
  })

  it('has a last record at its end', async () => {
    const { chat } = start()
    const observation = observe(chat)
    await chat.close()
    expect(observation.records.at(-1)).toMatchObject({ type: 'ended', status: 'done' })
    expect(statesIn(observation.records).at(-1)).toBe('closed')
  })

  it('distinguishes an external stop from a close', () => {
    const { chat } = start()
    const observation = observe(chat)
    chat.actor.stop()
    expect(observation.records.at(-1)).toMatchObject({ type: 'ended', status: 'stopped' })
  })

  it('can be observed when it is closed: the whole journal and its end', async () => {
    const { chat, exchange } = start()
    await exchange('alpha', 'one')
    await chat.close()
    const { records } = observe(chat)
    expect(records.at(-1)).toMatchObject({ type: 'ended', status: 'done' })
    expect(factsIn(records).map(({ type }) => type)).toContain('turn.settled')
    expect(first(records, 'observed').state).toBe('closed')
  })
})

describe('an observation', () => {
  it('keeps the newest records up to its limit, in order, and counts dropped ones', async () => {
    const world = start()
    const [all, few] = [observe(world.chat), observe(world.chat, { limit: 5 })]
    await world.exchange('alpha', 'one')
    expect(few.records).toHaveLength(5)
    expect(few.dropped).toBe(all.records.length - 5)
    expect(few.records.map(({ seq }) => seq)).toEqual(all.records.slice(-5).map(({ seq }) => seq))
    expect(all.dropped).toBe(0)
  })

  it('keeps all facts, whatever its limit', async () => {
    const world = start()
    const one = observe(world.chat, { limit: 1 })
    await world.exchange('alpha', 'one')
    expect(one.records).toHaveLength(1)
    expect(one.facts.map(({ type }) => type)).toEqual([
      'conversation.created',
      'turn.opened',
      'reply.recorded',
      'turn.settled',
    ])
  })

  it('calls a listener with every later record, once per subscription, until it unsubscribes', () => {
    const { chat } = start()
    const observation = observe(chat)
    const heard: InspectionRecord[] = []
    const listener = (record: InspectionRecord) => void heard.push(record)
    const leave = observation.subscribe(listener)
    const leaveAgain = observation.subscribe(listener)
    const toldBy = (run: () => void) => {
      const [before, heardBefore] = [observation.records.length, heard.length]
      run()
      return [observation.records.length - before, heard.length - heardBefore]
    }
    expect(toldBy(() => void chat.stop())).toEqual([2, 4])
    leave()
    leave()
    expect(toldBy(() => void chat.stop())).toEqual([2, 2])
    leaveAgain()
    expect(toldBy(() => void chat.stop())).toEqual([2, 0])
  })

  it('stops calling a listener that throws, and the others and the conversation continue', async () => {
    const world = start()
    const observation = observe(world.chat)
    let thrown = 0
    let heard = 0
    observation.subscribe(() => {
      thrown++
      throw new Error('not my day')
    })
    observation.subscribe(() => void heard++)
    const { status } = await world.exchange('alpha', 'one')
    expect([status, thrown]).toEqual(['completed', 1])
    expect(heard).toBeGreaterThan(10)
  })

  it('records nothing after it was stopped, and can be stopped twice', async () => {
    const world = start()
    const observation = observe(world.chat)
    observation.stop()
    observation.stop()
    const before = observation.records.length
    await world.exchange('alpha', 'one')
    await world.chat.close()
    expect(observation.records).toHaveLength(before)
  })

  it('lets a listener act on the conversation', async () => {
    const world = start()
    const observation = observe(world.chat)
    observation.subscribe((record) => {
      if (record.type === 'fact' && record.fact.type === 'turn.settled') world.chat.setModel('m2')
    })
    await world.exchange('alpha', 'one')
    await turn()
    expect(world.chat.model).toBe('m2')
    expect(factsIn(observation.records).at(-1)).toMatchObject({ type: 'model.switched', to: 'm2' })
  })

  it.each([
    { limit: 0 },
    { limit: 1.5 },
    { limit: Number.NaN },
    { limit: '5' as never },
    { includeText: 'yes' as never },
  ])('rejects the options %j', (options) => {
    const { chat } = start()
    expect(codeOf(() => observe(chat, options))).toBe('invalid-option')
  })

  it.each([null, undefined, 'chat', {}, 5])('rejects %j, which is not a conversation', (given) => {
    expect(codeOf(() => observe(given as never))).toBe('invalid-option')
  })

  it('rejects a listener that is not a function', () => {
    const observation = observe(start().chat)
    expect(codeOf(() => observation.subscribe('listen' as never))).toBe('invalid-option')
  })

  it('costs nothing without an observer: XState calls none, before and after', () => {
    const { chat } = start()
    expect(observersAsked(() => void chat.stop())).toBe(0)
    const observation = observe(chat)
    expect(observersAsked(() => void chat.stop())).toBeGreaterThan(0)
    observation.stop()
    expect(observersAsked(() => void chat.stop())).toBe(0)
  })

  it('does not change the next request', async () => {
    const plain = await refusedOnce()
    const observed = await refusedOnce({ inspect: () => {} })
    expect(observed.chat.history).toEqual(plain.chat.history)
    const request = ({ chat }: typeof plain) =>
      buildRequest(chat.actor.getSnapshot().context.view, { model: 'm1', promptHash: '' }).messages
    expect(request(observed)).toEqual(request(plain))
  })
})
