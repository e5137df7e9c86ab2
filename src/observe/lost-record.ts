import { type InspectionRecord, recordVersion } from './records.ts'

/**
 * What is told in the place of records that can't be: how many they are, and why.
 *
 * @param last It bears the number and the time of the last of them.
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
