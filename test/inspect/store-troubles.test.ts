import { describe, expect, it } from 'vitest'
import { eventFields } from '../../src/observe/event-fields.ts'
import { redactionFor } from '../../src/observe/redaction.ts'
import { storeTrouble } from '../../src/inspect/page/store-trouble-sentences.ts'
import { storeTroubleIn, storeTroubleNames } from '../../src/observe/store-troubles.ts'
import { failed } from '../../src/stores/store-failures.ts'

describe('what a store says', () => {
  it.each([
    ['database or disk is full', 'disk-full'],
    ["ENOSPC: no space left on device, write '/data/chat.db'", 'disk-full'],
    ['attempt to write a readonly database', 'read-only'],
    ['permission denied for table facts', 'read-only'],
    ['database is locked', 'locked'],
    ['disk I/O error', 'disk-broken'],
    ['database disk image is malformed', 'disk-broken'],
    ['connect ECONNREFUSED 127.0.0.1:5432', 'unreachable'],
    ['Connection terminated unexpectedly', 'unreachable'],
    ['terminating connection due to administrator command', 'unreachable'],
    ['sorry, too many clients already', 'too-many-connections'],
    ['unable to open database file', 'file-missing'],
    ['relation "facts" does not exist', 'file-missing'],
    ['The store is not open.', 'not-open'],
    ['a conversation about Hamlet', null],
  ])('%s: %s', (words, name) => {
    expect(storeTroubleIn(words)).toBe(name)
  })

  it('has advice for each trouble, and none for names of other releases', () => {
    for (const name of storeTroubleNames)
      for (const sentence of Object.values(storeTrouble(name) ?? {}).filter((value) => typeof value === 'string'))
        expect(sentence, name).toMatch(/^[A-Z].*[^.]$/)
    expect(storeTrouble('of-another-release')).toBeNull()
  })
})

describe('the record of a store that failed', () => {
  const fieldsOf = (failure: object, includeText: boolean) =>
    redactionFor(includeText).eventFields(eventFields({ type: 'journal.failed', failure }))

  it('names the trouble in any case, and what the store said only where texts are shown, without secrets', () => {
    const { failure } = failed(new Error('connect ECONNREFUSED postgres://me:hunter2@10.0.0.1/chat'))
    expect(fieldsOf(failure, true)).toEqual({
      code: 'journal-write-failed',
      trouble: 'unreachable',
      quote: 'connect ECONNREFUSED postgres://…@10.0.0.1/chat',
    })
    const redacted = fieldsOf(failure, false)
    expect(redacted).toMatchObject({ code: 'journal-write-failed', trouble: 'unreachable' })
    expect(redacted.quote).toMatch(/^‹\d+ characters›$/)
  })

  it('has the words of a store of the app’s own, which may stand where turnstate has its sentence', () => {
    const fields = fieldsOf({ code: 'journal-write-failed', message: 'password: hunter2 is wrong' }, true)
    expect(fields).toEqual({ code: 'journal-write-failed', quote: 'password: … is wrong' })
    expect(fieldsOf(failed().failure, true)).toEqual({ code: 'journal-write-failed' })
  })

  it('is the only one with such words', () => {
    const { failure } = failed(new Error('disk full'))
    expect(eventFields({ type: 'reply.failed', failure })).toEqual({ code: 'journal-write-failed' })
  })
})
