/**
 * The vendor's documented test string: the streaming classifiers refuse every request that contains it.
 * So does the simulator (see `SimulatorOptions.refusal`).
 */
export const refusalTestString =
  'ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86'
