/** The API's stop reasons, as far as the simulator gives or reads them. A script may send any other string, and null. */
export const stopReasons = {
  endTurn: 'end_turn',
  maxTokens: 'max_tokens',
  stopSequence: 'stop_sequence',
  toolUse: 'tool_use',
  pauseTurn: 'pause_turn',
  compaction: 'compaction',
  refusal: 'refusal',
} as const
