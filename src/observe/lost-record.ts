import { type InspectionRecord, recordVersion } from './records.ts'

/**
 * The record that replaces records which were left out: how many, and why.
 *
 * @param last The last of them, whose number and time it takes over.
 */
export const lostRecord = (
  { seq, at, conversation }: Pick<InspectionRecord, 'seq' | 'at' | 'conversation'>,
  count: number,
  why?: string,
): InspectionRecord => ({
  v: recordVersion,
  type: 'lost',
  seq,
  at,
  conversation,
  count,
  ...(why === undefined ? {} : { why }),
})
