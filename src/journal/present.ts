/** The field with its value, or no field where there is none: facts are JSON, and know no `undefined`. */
export function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [name in Name]?: Value } {
  const field: { [name in Name]?: Value } = {}
  if (value !== undefined) field[name] = value
  return field
}
