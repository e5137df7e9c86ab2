import type { Event, Interrupt, Message } from '@ag-ui/core'
import { describe, expectTypeOf, it } from 'vitest'
import type { AguiEvent, AguiInterrupt, AguiMessage } from '../../../src/server/ag-ui/events.ts'

describe('the types of this wire', () => {
  it('are those of the protocol', () => {
    expectTypeOf<AguiMessage>().toExtend<Message>()
    expectTypeOf<AguiInterrupt>().toExtend<Interrupt>()
    expectTypeOf<`${Event['type']}`>().extract<AguiEvent['type']>().toEqualTypeOf<AguiEvent['type']>()
  })
})
